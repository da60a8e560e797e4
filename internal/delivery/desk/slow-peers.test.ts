// Peers that never read, through the real broker: what they cost, when they end, and that others go on.

import { describe, expect, it } from 'vitest';
import { SILENT_REPLY_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { anEngine, deliveries, words } from '../../testing/fixtures/an-engine.ts';

async function withQueue(setup: Parameters<typeof anEngine>[0] = {}) {
  const broker = await anEngine(setup);
  broker.operate(broker.admin.connect(), 'queues.declare', { queue: 'q', patterns: ['a'] });
  const other = broker.router.connect();
  broker.say(other, { type: 'hello', producer: true });
  const othersConfirm = () => broker.ask(other, 'a', 'theirs');
  return { broker, othersConfirm, other };
}

describe('a peer without hello that floods and never reads', () => {
  it('costs at most 64 KB of replies; the rest is dropped and counted, and nobody else notices', async () => {
    const { broker, othersConfirm } = await withQueue();
    const flood = broker.router.connect();
    flood.stopReading();
    for (let i = 0; i < 5_000; i += 1) flood.send('one frame that is no packet');
    broker.settle();
    const { outbox } = broker.wirePeer(flood);
    expect(outbox.bytes).toBeGreaterThan(SILENT_REPLY_BYTES_MAX / 2);
    expect(outbox.bytes).toBeLessThanOrEqual(SILENT_REPLY_BYTES_MAX);
    expect(broker.counters().droppedReplies).toBeGreaterThan(4_000);
    expect(broker.refusals()).toEqual({ MALFORMED_FRAMES: 5_000 });
    expect(othersConfirm()).toMatchObject([{ through_sequence: 1 }]);
    flood.read();
    broker.settle();
    expect(outbox.bytes).toBe(0);
    expect(broker.ask(flood, '', 'a', 'x').at(-1)).toMatchObject({ type: 'publish.confirmed' });
  });

  it('publishes without confirms: nothing is kept for it', async () => {
    const { broker } = await withQueue();
    const flood = broker.router.connect();
    flood.stopReading();
    for (let round = 0; round < 5; round += 1) {
      for (let i = 0; i < 2_000; i += 1) flood.send('a', 'x');
      broker.settle();
      expect(broker.wirePeer(flood).answers.size).toBe(0);
    }
    expect(broker.wirePeer(flood).outbox.bytes).toBe(0);
  });

  it('is owed no more than what is under way, while the disk stands still', async () => {
    const { broker } = await withQueue();
    const flood = broker.router.connect();
    broker.syncs = false;
    for (let i = 0; i < 10_000; i += 1) flood.send('a', 'x');
    broker.settle();
    expect(broker.wirePeer(flood).answers.size).toBe(1);
    broker.syncs = true;
    broker.settle();
    expect(broker.wirePeer(flood).answers.size).toBe(0);
  });
});

describe('a producer that never reads', () => {
  it('costs one run of confirms, however much it publishes', async () => {
    const { broker, othersConfirm } = await withQueue();
    const slow = broker.router.connect();
    broker.say(slow, { type: 'hello', producer: true });
    slow.stopReading(1);
    for (let round = 0; round < 50; round += 1) {
      for (let i = 0; i < 100; i += 1) slow.send('a', 'x');
      broker.settle();
    }
    expect(broker.wirePeer(slow).outbox.bytes).toBeLessThan(1_000);
    expect(othersConfirm()).toMatchObject([{ through_sequence: 1 }]);
    slow.read();
    broker.settle();
    expect(words(slow).at(-1)).toMatchObject({ through_sequence: 5_000 });
  });

  it('ends with its 1,025th exception', async () => {
    const { broker, othersConfirm } = await withQueue();
    const slow = broker.router.connect();
    broker.say(slow, { type: 'hello', producer: true });
    slow.stopReading(1);
    for (let i = 0; i < 3; i += 1) broker.ask(slow, 'a', 'x');
    for (let i = 0; i < 1_024; i += 1) slow.send('nowhere', 'x');
    broker.settle();
    expect(broker.counters().slowPeers).toBe(0);
    for (let i = 0; i < 200; i += 1) slow.send('nowhere', 'x');
    broker.settle();
    expect(broker.counters().slowPeers).toBe(1);
    expect(broker.engine.state.peerProducer.size).toBe(1);
    expect(broker.router.dropped).toHaveLength(1);
    expect(othersConfirm()).toMatchObject([{ through_sequence: 1 }]);
  });

  it('ends at the bound of a heartbeat, though it goes on sending', async () => {
    const { broker } = await withQueue();
    const slow = broker.router.connect();
    broker.say(slow, { type: 'hello', producer: true });
    slow.stopReading(1);
    broker.ask(slow, 'a', 'x');
    for (let i = 0; i < 10; i += 1) {
      broker.advance(4_000);
      slow.send('a', 'x');
      broker.settle();
    }
    expect(broker.counters().slowPeers).toBe(1);
  });

  it('is not ended while it reads, however slowly', async () => {
    const { broker } = await withQueue();
    const slow = broker.router.connect();
    broker.say(slow, { type: 'hello', producer: true });
    slow.stopReading(1);
    broker.ask(slow, 'a', 'x');
    broker.ask(slow, 'a', 'x');
    for (let i = 0; i < 20; i += 1) {
      broker.ask(slow, 'a', 'x');
      expect(broker.wirePeer(slow).outbox.full).toBe(true);
      broker.advance(4_000);
      slow.readOne();
      broker.settle();
    }
    expect(broker.counters().slowPeers).toBe(0);
    expect(broker.wirePeer(slow).producer).toBeGreaterThan(0);
  });

  it('mixes errors among its publishes in vain: the memory it takes stays bounded', async () => {
    const { broker } = await withQueue();
    const slow = broker.router.connect();
    broker.say(slow, { type: 'hello', producer: true });
    slow.stopReading(1);
    let most = 0;
    for (let i = 0; i < 3_000 && broker.counters().slowPeers === 0; i += 1) {
      slow.send('a', 'x', { sequence: 1 });
      slow.say({ type: 'nonsense' });
      slow.send('', 'nowhere', 'x');
      broker.settle();
      if (broker.counters().slowPeers === 0) most = Math.max(most, broker.wirePeer(slow).outbox.bytes);
    }
    expect(broker.counters().slowPeers).toBe(1);
    expect(most).toBeLessThan(2 * 1024 * 1024);
  });
});

describe('a consumer that does not read', () => {
  it('gets nothing beyond its window; others take the rest, and it goes on when it reads', async () => {
    const { broker } = await withQueue();
    const [slow, quick] = [broker.router.connect(), broker.router.connect()];
    for (const [peer, id] of [
      [slow, 'slow'],
      [quick, 'quick'],
    ] as const) {
      broker.say(peer, { type: 'hello' });
      broker.say(peer, { type: 'consumer.register', consumer_id: id, queue: 'q', window: { messages: 20 } });
    }
    slow.stopReading(500);
    const producer = broker.router.connect();
    for (let i = 0; i < 200; i += 1) producer.send('a', 'x'.repeat(100), { message_id: `m${i}` });
    broker.settle();
    let taken = 0;
    for (let given = deliveries(quick); given.length > 0; given = deliveries(quick)) {
      taken += given.length;
      broker.say(quick, { type: 'ack', messages: given.map(({ meta }) => ({ delivery_id: meta['delivery_id'] })) });
    }
    const session = [...broker.engine.state.sessions.values()].find(({ consumer }) => consumer === 'slow');
    expect(taken).toBeGreaterThanOrEqual(180);
    expect(session).toMatchObject({ blocked: true });
    expect(session?.inflight).toBeLessThanOrEqual(20);
    expect(broker.wirePeer(slow).outbox.bytes).toBeLessThan(20 * 1_000);
    slow.read();
    broker.settle();
    expect(session?.blocked).toBe(false);
    expect(taken + deliveries(slow).length).toBe(200);
    expect(broker.stranded).toEqual([]);
  });

  it('that does not ack is bounded by its window too', async () => {
    const { broker } = await withQueue();
    const slow = broker.router.connect();
    broker.say(slow, { type: 'hello' });
    const capabilities = { supports_ack: false };
    broker.say(slow, {
      type: 'consumer.register',
      consumer_id: 'c',
      queue: 'q',
      window: { messages: 10 },
      capabilities,
    });
    slow.stopReading(500);
    const producer = broker.router.connect();
    for (let i = 0; i < 500; i += 1) producer.send('a', 'x'.repeat(100), { message_id: `m${i}` });
    broker.settle();
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBeGreaterThan(460);
    expect(broker.wirePeer(slow).outbox.bytes).toBeLessThan(20 * 1_000);
  });
});
