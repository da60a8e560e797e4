// From when on a message is given, and from when on it is worth nothing: on a clock that the test moves, and after a restart.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  ack,
  type BrokerFixture,
  bodies,
  effectsOf,
  nack,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { asSequence } from '../ids.ts';
import { EXPIRY_BATCH_MAX } from '../limits.ts';
import type { WishedTimes } from '../message-times.ts';
import { SCHEDULE_LATE_MS, SCHEDULE_MAX_MS } from './publish-times.ts';

const A = peer(11);
const consumer = register({ peer: A, consumer: 'a', queue: 'q' });
const dueIn = (afterMs: number): WishedTimes => ({ due: { afterMs }, expiry: null });
const at = (atMs: number): WishedTimes => ({ due: { atMs }, expiry: null });
const ttl = (afterMs: number): WishedTimes => ({ due: null, expiry: { afterMs } });
const one = (body: string, times: WishedTimes | null = null) => ({ topic: 'q', body, times });

const withQueue = (options: Parameters<typeof aBroker>[0] = {}): BrokerFixture => {
  const broker = aBroker(options);
  broker.declare('q');
  return broker;
};
const refusals = (leaving: ReturnType<BrokerFixture['run']>): string[] =>
  effectsOf(leaving, 'published').flatMap(({ refusals: of }) => of.map(({ code }) => code));

describe('a message that is due later', () => {
  it('is confirmed at once, and given at its time and not before', () => {
    const broker = withQueue();
    const first = broker.run(consumer, publish({ of: [one('now'), one('later', dueIn(5_000))] }));
    expect(effectsOf(first, 'published')).toMatchObject([{ count: 2, durability: 'journal' }]);
    expect(bodies(first)).toEqual(['now']);
    expect(bodies(broker.advance(4_999))).toEqual([]);
    expect(bodies(broker.advance(1))).toEqual(['later']);
    expect(broker.state.counters).toMatchObject({ scheduled: 1, published: 2, retried: 0 });
  });

  it('stands where it was accepted: due, it goes before what came after it', () => {
    const broker = withQueue();
    broker.run(publish({ of: [one('first', dueIn(100)), one('second'), one('third', dueIn(50))] }));
    broker.advance(200);
    expect(bodies(broker.run(consumer))).toEqual(['first', 'second', 'third']);
  });

  it('keeps its queue from being empty, and is no attempt', () => {
    const broker = withQueue();
    broker.run(consumer, publish({ of: [one('later', dueIn(1_000))] }));
    expect(broker.queue('q')).toMatchObject({ depth: 1, waiting: 1, scheduled: 1, ready: 0 });
    const [given] = received(broker.advance(1_000));
    expect(given).toMatchObject({ attempt: 1, returned: 0 });
    broker.run(ack(A, [given?.delivery ?? 0]));
    expect(broker.queue('q').depth).toBe(0);
  });

  it('waits in every queue that it goes to', () => {
    const broker = withQueue();
    broker.declare('r', { patterns: ['q'] });
    broker.run(publish({ of: [one('later', dueIn(1_000))] }));
    expect([broker.queue('q').waiting, broker.queue('r').waiting]).toEqual([1, 1]);
    broker.advance(1_000);
    expect([broker.queue('q').ready, broker.queue('r').ready]).toEqual([1, 1]);
    expect([broker.queue('q').scheduled, broker.queue('r').scheduled]).toEqual([0, 0]);
  });

  it('is the same after the events are read again', () => {
    const broker = withQueue();
    broker.run(publish({ of: [one('later', dueIn(1_000)), one('short', ttl(500)), one('now')] }));
    const again = broker.replayed();
    expect([again.retries.nextMs, again.expiries.nextMs]).toEqual([broker.nowMs + 1_000, broker.nowMs + 500]);
    const [queue] = [...again.queues.values()].filter(({ name }) => name === 'q');
    expect(queue).toMatchObject({ depth: 3, waiting: 1 });
  });

  it('that a purge takes is not given when its time comes', () => {
    const broker = withQueue();
    broker.run(publish({ of: [one('later', dueIn(1_000))] }));
    const request = { peer: peer(900), id: 2, operator: { actor: 'olivia', reason: 'test' } };
    broker.run({ type: 'purge-queue', request, tenant: '', name: 'q' });
    expect(bodies([...broker.run(consumer), ...broker.advance(5_000)])).toEqual([]);
    expect(broker.queue('q')).toMatchObject({ depth: 0, waiting: 0 });
  });

  it('leaves on PUB neither now nor later, and without a queue is unroutable', () => {
    const broker = withQueue();
    const leaving = broker.run(
      publish({
        of: [
          { ...one('later', dueIn(10)), mode: 'fanout' },
          { topic: 'none', times: dueIn(10) },
        ],
      }),
    );
    expect(refusals(leaving)).toEqual(['NOT_SUPPORTED', 'UNROUTABLE']);
    expect(effectsOf([...leaving, ...broker.advance(100)], 'publication')).toEqual([]);
  });

  it.each([
    ['a time long past', at(1_000_000 - SCHEDULE_LATE_MS - 1), 'SCHEDULE_IN_PAST'],
    ['a time too far ahead', dueIn(SCHEDULE_MAX_MS + 1), 'SCHEDULE_TOO_FAR'],
    ['a time at which it is worth nothing', { due: { afterMs: 10 }, expiry: { afterMs: 10 } }, 'ALREADY_EXPIRED'],
    ['a deadline that is over', { due: null, expiry: { atMs: 999_999 } }, 'ALREADY_EXPIRED'],
  ] as const)('with %s is refused, and its neighbours are not', (_name, times, code) => {
    const leaving = withQueue().run(consumer, publish({ of: [one('a'), one('b', times), one('c')] }));
    expect(refusals(leaving)).toEqual([code]);
    expect(bodies(leaving)).toEqual(['a', 'c']);
  });

  it('by a clock that is a little ahead is due now', () => {
    expect(bodies(withQueue().run(consumer, publish({ of: [one('b', at(1_000_000 - SCHEDULE_LATE_MS))] })))).toEqual([
      'b',
    ]);
  });
});

describe('a message whose time is over', () => {
  it('is never given, also when it was ready before anybody came', () => {
    const broker = withQueue();
    broker.run(publish({ of: [one('short', ttl(1_000)), one('long')] }));
    broker.advance(1_000);
    expect(broker.queue('q').depth).toBe(1);
    expect(bodies(broker.run(consumer))).toEqual(['long']);
    expect(broker.state.counters).toMatchObject({ expired: 1, deadLettered: 0 });
  });

  it('is given a moment before', () => {
    const broker = withQueue();
    broker.run(publish({ of: [one('short', ttl(1_000))] }));
    broker.advance(999);
    expect(bodies(broker.run(consumer))).toEqual(['short']);
  });

  it('becomes a dead letter where its queue says so, with its history', () => {
    const broker = aBroker();
    broker.declare('q', { policy: { expired: 'dead-letter', backoffInitialMs: 5_000, backoffJitter: 0 } });
    const [given] = received(broker.run(consumer, publish({ of: [one('short', ttl(1_000))] })));
    broker.run(nack(A, given?.delivery ?? 0, 'retryable', { reason: 'not now' }));
    broker.advance(1_000);
    expect(broker.queue('q').dead.get(asSequence(1))).toMatchObject({
      cause: 'expired',
      history: [{ cause: 'nack_retryable', reason: 'not now' }],
    });
    expect(broker.state.counters).toMatchObject({ expired: 1, deadLettered: 1 });
    expect(bodies(broker.advance(60_000))).toEqual([]);
  });

  it('may still be acknowledged by who has it', () => {
    const broker = withQueue();
    const [given] = received(broker.run(consumer, publish({ of: [one('short', ttl(1_000))] })));
    broker.advance(2_000);
    broker.run(ack(A, [given?.delivery ?? 0]));
    expect(broker.state.counters).toMatchObject({ acked: 1, expired: 0, staleAcks: 0 });
  });

  it.each(['retryable', 'returned'] as const)('and that comes back late (%s) is not tried again', (status) => {
    const broker = withQueue({ policy: { backoffInitialMs: 0 } });
    const [given] = received(broker.run(consumer, publish({ of: [one('short', ttl(1_000))] })));
    broker.advance(2_000);
    const leaving = [...broker.run(nack(A, given?.delivery ?? 0, status)), ...broker.advance(10_000)];
    expect(bodies(leaving)).toEqual([]);
    expect(broker.queue('q').depth).toBe(0);
    expect(broker.state.counters).toMatchObject({ expired: 1 });
  });

  it('that was due before it is given until then', () => {
    const broker = withQueue();
    const times = { due: { afterMs: 100 }, expiry: { afterMs: 200 } };
    broker.run(consumer, publish({ of: [one('window', times)] }));
    expect(bodies(broker.advance(150))).toEqual(['window']);
  });

  it('goes in bounded steps also where a consumer asks for more than a turn can look at', () => {
    const broker = withQueue();
    const count = 20_000;
    broker.run(publish({ of: Array.from({ length: count }, (_, index) => one(String(index), ttl(1_000))) }));
    broker.nowMs += 1_000;
    const before = broker.state.counters.expired;
    broker.turn(consumer);
    const first = broker.state.counters.expired - before;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(count);
    expect(bodies(broker.run())).toEqual([]);
    expect(broker.queue('q').depth).toBe(0);
  });

  it('goes with all others of its moment in bounded steps', () => {
    const broker = withQueue();
    const count = 3 * EXPIRY_BATCH_MAX + 7;
    broker.run(publish({ of: Array.from({ length: count }, (_, index) => one(String(index), ttl(1_000))) }));
    broker.advance(1_000);
    const steps = broker.journal.events.flatMap(({ event }) =>
      event.type === 'expired' ? [event.sequences.length] : [],
    );
    expect(Math.max(...steps)).toBeLessThanOrEqual(EXPIRY_BATCH_MAX);
    expect(broker.queue('q').depth).toBe(0);
    expect(broker.state.counters.expired).toBe(count);
  });

  it('stays where no dead letter can be written, holds up nobody, and becomes one when there is room', () => {
    const broker = aBroker();
    broker.declare('q', { policy: { expired: 'dead-letter' } });
    broker.run(publish({ of: [one('short', ttl(1_000)), one('long')] }));
    broker.journal.setRoom(0, 1 << 20);
    broker.advance(1_000);
    expect(bodies([...broker.run(consumer), ...broker.advance(10_000)])).toEqual(['long']);
    expect(broker.queue('q')).toMatchObject({ depth: 2, leased: 1 });
    expect(broker.state.counters).toMatchObject({ expired: 0, deadLettered: 0 });
    broker.journal.setRoom(1 << 20, 1 << 20, null);
    broker.advance(2_000);
    expect([...broker.queue('q').dead.keys()]).toEqual([1]);
    expect(broker.state.counters).toMatchObject({ expired: 1, deadLettered: 1 });
  });
});

describe('the heaps of times', () => {
  it('forget messages that were settled or purged long before their time', () => {
    const broker = withQueue({ policy: { backoffInitialMs: 0 } });
    const day = 24 * 3_600_000;
    const request = { peer: peer(900), id: 2, operator: { actor: 'olivia', reason: 'test' } };
    broker.run(consumer);
    for (let round = 0; round < 40; round += 1) {
      const given = received(broker.run(publish({ of: Array.from({ length: 100 }, () => one('x', ttl(day))) })));
      broker.run(
        ack(
          A,
          given.map(({ delivery }) => delivery),
        ),
      );
      broker.run(publish({ of: Array.from({ length: 100 }, () => one('x', dueIn(day))) }));
      broker.run({ type: 'purge-queue', request, tenant: '', name: 'q' });
    }
    expect(broker.queue('q').depth).toBe(0);
    expect(broker.state.expiries.size).toBeLessThan(2_048);
    expect(broker.state.retries.size).toBeLessThan(2_048);
  });

  it('keep what is still there: it is given and expires as if nothing had been cleaned', () => {
    const broker = withQueue();
    broker.run(publish({ of: [one('later', dueIn(90_000)), one('short', ttl(80_000))] }));
    const request = { peer: peer(900), id: 2, operator: { actor: 'olivia', reason: 'test' } };
    broker.declare('other');
    for (let round = 0; round < 40; round += 1) {
      const of = Array.from({ length: 100 }, () => ({
        topic: 'other',
        body: 'x',
        times: { due: { afterMs: 60_000 }, expiry: { afterMs: 70_000 } },
      }));
      broker.run(publish({ of }));
      broker.run({ type: 'purge-queue', request, tenant: '', name: 'other' });
    }
    broker.advance(80_000);
    expect(broker.state.counters.expired).toBe(1);
    expect(bodies([...broker.run(consumer), ...broker.advance(10_000)])).toEqual(['later']);
  });
});
