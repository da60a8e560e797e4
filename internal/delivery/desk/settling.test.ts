// Ack, nack, extend and deregister: by delivery, by message, from the right connection and from others.

import { describe, expect, it } from 'vitest';
import { anEngine, deliveries, words } from '../../testing/fixtures/an-engine.ts';

async function aConsumer(messages: number, options: { queue?: object; register?: object } = {}) {
  const broker = await anEngine();
  const operator = broker.admin.connect();
  broker.operate(operator, 'queues.declare', { queue: 'q', patterns: ['a'], backoff_jitter: 0, ...options.queue });
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello' });
  broker.say(peer, { type: 'consumer.register', consumer_id: 'c', queue: 'q', ...options.register });
  const producer = broker.router.connect();
  for (let i = 0; i < messages; i += 1) producer.send('a', `m${i}`, { message_id: `m${i}` });
  broker.settle();
  const given = deliveries(peer);
  return { broker, operator, peer, producer, given, ids: given.map(({ meta }) => meta['delivery_id'] as string) };
}

const depthOf = (broker: Awaited<ReturnType<typeof anEngine>>): number =>
  broker.engine.state.queueNamed('', 'q')?.depth ?? -1;

describe('an ack', () => {
  it('settles by delivery id, given as text or as number, one or a list', async () => {
    const { broker, peer, ids } = await aConsumer(4);
    expect(broker.say(peer, { type: 'ack', delivery_id: ids[0] })).toEqual([]);
    expect(broker.say(peer, { type: 'ack', delivery_id: Number(ids[1]) })).toEqual([]);
    expect(broker.say(peer, { type: 'ack', messages: [{ delivery_id: ids[2] }, { delivery_id: ids[3] }] })).toEqual([]);
    expect(depthOf(broker)).toBe(0);
  });

  it('settles by message id the one lease that this connection holds', async () => {
    const { broker, peer } = await aConsumer(1);
    expect(broker.say(peer, { type: 'ack', message_id: 'm0', consumer_id: 'c' })).toEqual([]);
    expect(depthOf(broker)).toBe(0);
    expect(broker.say(peer, { type: 'ack', message_id: 'm0' })).toMatchObject([
      { code: 'UNKNOWN_DELIVERY', message_id: 'm0' },
    ]);
  });

  it('settles a message without an id by its number', async () => {
    const { broker, peer, producer } = await aConsumer(0);
    broker.ask(producer, 'a', 'nameless');
    const [given] = deliveries(peer);
    expect(given?.meta['message_id']).toMatch(/^#\d+$/);
    expect(broker.say(peer, { type: 'ack', message_id: given?.meta['message_id'] })).toEqual([]);
    expect(depthOf(broker)).toBe(0);
  });

  it('must name the delivery of a message that is out more than once', async () => {
    const { broker, peer, producer } = await aConsumer(0);
    for (let i = 0; i < 2; i += 1) producer.send('a', 'same', { message_id: 'same' });
    broker.settle();
    const [one, two] = deliveries(peer);
    expect(broker.say(peer, { type: 'ack', message_id: 'same' })).toMatchObject([
      { code: 'ACK_NEEDS_DELIVERY_ID', message_id: 'same' },
    ]);
    expect(broker.say(peer, { type: 'ack', delivery_id: one?.meta['delivery_id'] })).toEqual([]);
    expect(broker.say(peer, { type: 'ack', message_id: 'same' })).toEqual([]);
    expect([depthOf(broker), two?.body]).toEqual([0, 'same']);
  });

  it('does not count from another connection', async () => {
    const { broker, ids } = await aConsumer(1);
    const stranger = broker.router.connect();
    expect(broker.say(stranger, { type: 'ack', delivery_id: ids[0] })).toMatchObject([{ code: 'NOT_REGISTERED' }]);
    expect(broker.say(stranger, { type: 'ack', message_id: 'm0', consumer_id: 'c' })).toMatchObject([
      { code: 'NOT_REGISTERED' },
    ]);
    broker.say(stranger, { type: 'consumer.register', consumer_id: 'other', queue: 'q' });
    expect(broker.say(stranger, { type: 'ack', delivery_id: ids[0] })).toMatchObject([
      { code: 'FOREIGN_DELIVERY', delivery_id: ids[0] },
    ]);
    expect(broker.say(stranger, { type: 'ack', message_id: 'm0' })).toMatchObject([{ code: 'UNKNOWN_DELIVERY' }]);
    expect(depthOf(broker)).toBe(1);
  });

  it('does not count where it names another consumer, session or tenant', async () => {
    const { broker, peer, ids } = await aConsumer(1);
    for (const name of [{ consumer_id: 'other' }, { session_id: '999' }, { tenant_id: 'acme' }]) {
      expect(broker.say(peer, { type: 'ack', delivery_id: ids[0], ...name })).toMatchObject([
        { code: 'FOREIGN_DELIVERY', delivery_id: ids[0] },
      ]);
    }
    expect(depthOf(broker)).toBe(1);
  });

  it('of a lease that has ended is stale', async () => {
    const { broker, peer, ids } = await aConsumer(1, { queue: { lease_ms: 1_000 } });
    broker.advance(1_100);
    expect(words(peer)).toEqual([]);
    expect(broker.say(peer, { type: 'ack', delivery_id: ids[0] })).toMatchObject([{ code: 'STALE_DELIVERY' }]);
    expect(broker.say(peer, { type: 'ack', delivery_id: 77_777_777 })).toMatchObject([{ code: 'UNKNOWN_DELIVERY' }]);
    expect(depthOf(broker)).toBe(1);
  });

  it('that asks for an answer gets one, when it is durable, and it names everything that was refused', async () => {
    const { broker, peer, producer, ids } = await aConsumer(2);
    for (let i = 0; i < 2; i += 1) producer.send('a', 'same', { message_id: 'same' });
    broker.settle();
    deliveries(peer);
    broker.syncs = false;
    const messages = [
      { delivery_id: ids[0] },
      { message_id: 'm1' },
      { message_id: 'same' },
      { message_id: 'never' },
      { delivery_id: 12_345_678 },
      { delivery_id: ids[0], consumer_id: 'other' },
    ];
    expect(broker.say(peer, { type: 'ack', messages, request: 5 })).toEqual([]);
    broker.syncs = true;
    broker.settle();
    expect(words(peer)).toMatchObject([
      {
        type: 'acked',
        request: 5,
        refused: [
          { message_id: 'same', code: 'ACK_NEEDS_DELIVERY_ID' },
          { message_id: 'never', code: 'UNKNOWN_DELIVERY' },
          { delivery_id: ids[0], code: 'FOREIGN_DELIVERY' },
          { delivery_id: '12345678', code: 'UNKNOWN_DELIVERY' },
        ],
      },
    ]);
    expect(depthOf(broker)).toBe(2);
  });

  it('that asks for an answer gets one where everything is refused', async () => {
    const { broker, peer } = await aConsumer(0);
    for (const type of ['ack', 'nack', 'extend']) {
      expect(broker.say(peer, { type, message_id: 'never', request: 9 })).toMatchObject([
        { type: 'acked', request: 9, refused: [{ message_id: 'never', code: 'UNKNOWN_DELIVERY' }] },
      ]);
      expect(broker.say(broker.router.connect(), { type, delivery_id: '4', request: 9 })).toMatchObject([
        { type: 'error', code: 'NOT_REGISTERED', request: 9 },
      ]);
    }
  });

  it('of more refusals than one word may hold tells every one of them', async () => {
    const { broker, peer } = await aConsumer(0);
    const messages = Array.from({ length: 9_000 }, (_, i) => ({ delivery_id: 1_000_000_000 + i }));
    const replies = broker.say(peer, { type: 'ack', messages, request: 1 });
    const acked = replies.at(-1);
    expect(acked).toMatchObject({ type: 'acked', request: 1 });
    const told = [
      ...((acked?.['refused'] ?? []) as { delivery_id: string }[]).map(({ delivery_id }) => delivery_id),
      ...replies.slice(0, -1).map((word) => word['delivery_id'] as string),
    ];
    expect(new Set(told).size).toBe(9_000);
  });
});

describe('a nack', () => {
  it('that is retryable comes again after the delay that it wishes for', async () => {
    const { broker, peer, ids } = await aConsumer(1);
    broker.say(peer, { type: 'nack', delivery_id: ids[0], status: 'retryable', delay_ms: 500, reason: 'no stock' });
    broker.advance(499);
    expect(deliveries(peer)).toEqual([]);
    broker.advance(2);
    expect(deliveries(peer)).toMatchObject([{ meta: { attempt: 2, returned: 0 } }]);
  });

  it('that is returned comes again at once, and counts no failure', async () => {
    const { broker, peer, ids } = await aConsumer(1);
    broker.say(peer, { type: 'nack', delivery_id: ids[0], status: 'returned' });
    expect(deliveries(peer)).toMatchObject([{ meta: { attempt: 1, returned: 1 } }]);
  });

  it.each([['terminal'], ['anything else'], ['']])('of status "%s" goes to the dead letters', async (status) => {
    const { broker, operator, peer, ids } = await aConsumer(1);
    broker.say(peer, { type: 'nack', delivery_id: ids[0], status, reason: 'bad order' });
    expect(depthOf(broker)).toBe(0);
    const { items } = broker.operate(operator, 'dlq.list')['result'] as { items: object[] };
    expect(items).toMatchObject([{ message_id: 'm0', reason: 'bad order', consumer_id: 'c' }]);
  });
});

describe('an extend', () => {
  it('moves the deadline, by its own measure or by that of the queue', async () => {
    const { broker, peer, ids } = await aConsumer(1, { queue: { lease_ms: 1_000 } });
    broker.advance(800);
    expect(broker.say(peer, { type: 'extend', delivery_id: ids[0], extend_ms: 5_000 })).toEqual([]);
    broker.advance(4_000);
    expect(broker.engine.state.leases.size).toBe(1);
    broker.say(peer, { type: 'extend', message_id: 'm0' });
    broker.advance(999);
    expect(broker.engine.state.leases.size).toBe(1);
    broker.advance(66); // deadlines are looked at in steps of 64 ms
    expect(broker.engine.state.leases.size).toBe(0);
  });
});

describe('a deregister', () => {
  it('ends the session, returns its leases and is answered', async () => {
    const { broker, peer } = await aConsumer(1);
    expect(broker.say(peer, { type: 'consumer.deregister', consumer_id: 'other' })).toMatchObject([
      { code: 'NOT_REGISTERED' },
    ]);
    expect(broker.say(peer, { type: 'consumer.deregister', consumer_id: 'c' })).toMatchObject([
      { type: 'consumer.deregistered', consumer_id: 'c' },
    ]);
    expect(broker.engine.state.leases.size).toBe(0);
    expect(broker.wirePeer(peer).given).toBe(0);
    expect(broker.say(peer, { type: 'consumer.deregister' })).toMatchObject([{ code: 'NOT_REGISTERED' }]);
  });
});

describe('what the desk remembers of deliveries', () => {
  it('ends with them, however they end', async () => {
    const { broker, peer, ids } = await aConsumer(6, { queue: { lease_ms: 1_000 } });
    expect(broker.wirePeer(peer).given).toBe(6);
    broker.say(peer, { type: 'ack', delivery_id: ids[0] });
    broker.say(peer, { type: 'nack', delivery_id: ids[1], status: 'terminal' });
    broker.say(peer, { type: 'nack', delivery_id: ids[2], status: 'retryable', delay_ms: 60_000 });
    expect(broker.wirePeer(peer).given).toBe(3);
    broker.advance(1_050);
    expect(broker.wirePeer(peer).given).toBe(0);
  });
});
