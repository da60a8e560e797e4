// The engine over a world in memory: stalls and stepped clocks, deadlines, start and stop, and a journal that fails.

import { describe, expect, it } from 'vitest';
import { anEngine, deliveries, EngineFixture, words } from '../testing/fixtures/an-engine.ts';

async function withLease(leaseMs = 30_000) {
  const broker = await anEngine({ policy: { leaseMs, backoffInitialMs: 1_000, backoffJitter: 0 } });
  const consumer = broker.router.connect();
  broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
  broker.ask(broker.router.connect(), 'a', 'x');
  expect(deliveries(consumer)).toHaveLength(1);
  return { broker, consumer };
}

const stalls = (broker: EngineFixture): number[] =>
  broker.observations.flatMap((one) => (one.type === 'stalled' ? [one.byMs] : []));

describe('time', () => {
  it('wakes the broker when a lease ends, and when its message may be tried again', async () => {
    const { broker, consumer } = await withLease(5_000);
    broker.advance(4_999);
    expect(broker.engine.state.leases.size).toBe(1);
    broker.advance(65);
    expect(broker.engine.state.leases.size).toBe(0);
    broker.advance(1_100);
    expect(deliveries(consumer)).toMatchObject([{ meta: { attempt: 2 } }]);
  });

  it('costs no turns while nothing happens but a look at what is idle, every ten seconds', async () => {
    const { broker } = await withLease(3_600_000);
    broker.advance(20_000);
    const before = broker.turns;
    broker.advance(60_000);
    expect(broker.turns - before).toBeLessThanOrEqual(7);
  });

  it('is not asked for in one piece where it is long: a timer of the system would ring at once', async () => {
    const broker = await anEngine({ policy: { leaseMs: 90 * 24 * 3_600_000 } });
    const asked: number[] = [];
    const after = broker.timers.after.bind(broker.timers);
    broker.timers.after = (ms, call) => {
      asked.push(ms);
      return after(ms, call);
    };
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
    broker.ask(broker.router.connect(), 'a', 'x');
    expect(broker.engine.state.leases.size).toBe(1);
    expect(Math.max(...asked)).toBeLessThan(2 ** 31);
    expect(broker.engine.broker.nextDueMs - broker.nowMs).toBeGreaterThan(2 ** 31);
  });
});

describe('a broker that was away', () => {
  it('ends no lease and no session because of that', async () => {
    const { broker } = await withLease(5_000);
    const greeted = broker.router.connect();
    broker.say(greeted, { type: 'hello' });
    broker.say(greeted, { type: 'consumer.register', consumer_id: 'g', subscriptions: ['g'] });
    broker.freeze(60_000);
    broker.advance(200);
    expect(stalls(broker)).toEqual([expect.closeTo(60_000, -3)]);
    expect([broker.engine.state.leases.size, broker.engine.state.sessions.size]).toEqual([1, 2]);
    broker.advance(4_000);
    expect(broker.engine.state.leases.size).toBe(1);
    broker.advance(1_500);
    expect(broker.engine.state.leases.size).toBe(0);
  });

  it('lets nobody be silent for longer because of that', async () => {
    const { broker } = await withLease();
    const greeted = broker.router.connect();
    broker.say(greeted, { type: 'hello' });
    broker.freeze(60_000);
    broker.say(greeted, { type: 'heartbeat' });
    broker.advance(25_300);
    expect(broker.counters().silentPeers).toBe(1);
  });

  it('looks before it decides: what arrives first after a stall finds its leases', async () => {
    const { broker, consumer } = await withLease(5_000);
    const delivery = [...broker.engine.state.leases.all()][0]?.delivery;
    broker.freeze(60_000);
    expect(broker.say(consumer, { type: 'ack', delivery_id: delivery, request: 1 })).toMatchObject([{ type: 'acked' }]);
    expect(broker.engine.state.queueNamed('', 'a')?.depth).toBe(0);
  });
});

describe('a wall clock that is set', () => {
  it('forward is followed, and nobody pays for it', async () => {
    const { broker, consumer } = await withLease(5_000);
    broker.wallStepMs = 3_600_000;
    broker.advance(200);
    expect(stalls(broker)).toEqual([expect.closeTo(3_600_000, -3)]);
    expect(broker.engine.state.leases.size).toBe(1);
    broker.advance(4_500);
    expect(broker.engine.state.leases.size).toBe(1);
    broker.advance(2_000);
    expect(deliveries(consumer)).toMatchObject([{ meta: { attempt: 2 } }]);
    const reply = broker.operate(broker.admin.connect(), 'status');
    expect((reply['result'] as { time_unix_ms: number }).time_unix_ms).toBeGreaterThanOrEqual(broker.nowMs - 1_000);
  });

  it('backward is not: leases end when they would have ended', async () => {
    const { broker } = await withLease(5_000);
    broker.wallStepMs = -3_600_000;
    broker.advance(4_900);
    expect([stalls(broker), broker.engine.state.leases.size]).toEqual([[], 1]);
    broker.advance(200);
    expect(broker.engine.state.leases.size).toBe(0);
  });
});

describe('starting and stopping', () => {
  it('opens PUB before the doors, and closes the journal last', async () => {
    const broker = await anEngine();
    await broker.engine.stop(50);
    expect(broker.order).toEqual([
      'listen memory://pub',
      'listen memory://router',
      'listen memory://admin',
      'close memory://router',
      'close memory://admin',
      'close memory://pub',
      'close journal',
    ]);
    expect(broker.router.closedAt).toBe(50);
  });

  it('serves nobody before it has begun its epoch', async () => {
    const broker = new EngineFixture();
    const early = broker.router.connect();
    early.send('', 'nowhere', 'x');
    expect(broker.engine.state.epoch).toBe(0);
    await broker.started();
    expect(broker.engine.state.epoch).toBe(1);
    expect(words(early)).toMatchObject([{ code: 'UNROUTABLE' }]);
  });

  it('is quiet when nothing waits for the disk and nothing is leased', async () => {
    const { broker, consumer } = await withLease();
    expect(broker.engine.quiet).toBe(false);
    broker.engine.drain(1_000);
    broker.settle();
    broker.say(consumer, { type: 'ack', delivery_id: [...broker.engine.state.leases.all()][0]?.delivery });
    expect(broker.engine.quiet).toBe(true);
    broker.ask(broker.router.connect(), '', 'a', 'refused');
    expect(broker.engine.state.queueNamed('', 'a')?.depth).toBe(0);
  });

  it('takes no turn after it was stopped', async () => {
    const { broker, consumer } = await withLease();
    await broker.engine.stop(0);
    const events = broker.journal.events.length;
    broker.say(consumer, { type: 'consumer.deregister' });
    broker.engine.submit([{ type: 'drain' }]);
    broker.advance(60_000);
    expect([broker.journal.events.length, broker.engine.state.draining]).toEqual([events, false]);
  });

  it('writes a checkpoint when it is asked for one', async () => {
    const { broker } = await withLease();
    await new Promise<void>((resolve) => broker.engine.checkpoint(resolve));
    expect(broker.observations).toMatchObject([{ type: 'checkpoint-written' }]);
  });
});

describe('a journal that fails', () => {
  it('is told at once, and nothing is confirmed or delivered after it', async () => {
    const { broker, consumer } = await withLease();
    const producer = broker.router.connect();
    broker.syncs = false;
    producer.send('', 'a', 'under way', { message_id: 'm1' });
    broker.settle();
    broker.journal.fail(new Error('EIO'));
    expect(broker.failures).toMatchObject([{ message: 'EIO' }]);
    broker.syncs = true;
    producer.send('', 'a', 'too late', { message_id: 'm2' });
    producer.send('', 'a', 'not even this', { delivery_mode: 'fanout' });
    broker.settle();
    broker.advance(60_000);
    expect(words(producer)).toEqual([]);
    expect(deliveries(consumer)).toEqual([]);
    expect(broker.pub.published).toEqual([]);
  });
});
