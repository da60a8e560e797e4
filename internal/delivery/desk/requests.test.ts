// Requests and replies as peers see them: inboxes, the one answer of a REQ, and what is said where nobody answers or waits.

import { describe, expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { bodyOf, encodeBlock } from '../../../pkg/protocol/block.ts';
import { INBOX_QUEUE_INDEX } from '../../../pkg/protocol/inbox.ts';
import { INBOXES_PER_PEER_MAX, REPLY_BYTES_MAX } from '../../domain/limits.ts';
import { anEngine, deliveries, type EngineFixture, packets, words } from '../../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../../testing/fixtures/memory-transport.ts';

const text = new TextDecoder();

/** A broker with one who answers on the queue `ask`, and one who asks. */
async function asked() {
  const broker = await anEngine();
  const responder = broker.router.connect();
  broker.say(responder, { type: 'hello', versions: [1] });
  broker.say(responder, { type: 'consumer.register', consumer_id: 'r', queue: 'ask', subscriptions: ['ask.*'] });
  responder.take();
  const requester = broker.router.connect();
  return { broker, responder, requester };
}

const inboxOf = (broker: EngineFixture, peer: MemoryPeer): string => {
  broker.say(peer, { type: 'hello', versions: [1] });
  const [opened] = broker.say(peer, { type: 'inbox.open', request: 4 });
  expect(opened).toMatchObject({
    type: 'inbox.opened',
    request: 4,
    address: expect.stringMatching(/^_inbox\.\S{32,}$/),
  });
  return opened?.['address'] as string;
};

describe('an inbox', () => {
  it('is an address that brings replies to the connection that asked for it, with what is said beside them', async () => {
    const { broker, responder, requester } = await asked();
    const address = inboxOf(broker, requester);
    broker.ask(requester, 'ask.time', 'when?', { reply_to: address, correlation_id: 'c1', reply_expected: true });
    const [request] = deliveries(responder);
    expect(request).toMatchObject({ body: 'when?', meta: { reply_to: address, correlation_id: 'c1' } });
    expect(broker.ask(responder, '', address, 'now', { correlation_id: 'c1' })).toMatchObject([
      { type: 'publish.confirmed', durability: 'none', position: 0 },
    ]);
    expect(deliveries(requester)).toMatchObject([
      { frames: 4, topic: address, body: 'now', meta: { correlation_id: 'c1' } },
    ]);
    expect(broker.engine.state.counters).toMatchObject({ requests: 1, replies: 1 });
    expect(broker.journal.stats.liveBytes).toBe(broker.engine.state.queueNamed('', 'ask')?.bytes);
  });

  it('brings packets of abtp/2, several in their order', async () => {
    const { broker, responder, requester } = await asked();
    broker.say(requester, { type: 'hello', versions: [2] });
    const [opened] = broker.say(requester, { type: 'inbox.open' });
    const address = opened?.['address'] as string;
    for (const [index, body] of ['a', 'b'].entries())
      broker.ask(responder, address, body, { reply_sequence: index + 1, reply_final: index === 1 });
    const replies = packets(requester);
    expect(replies).toMatchObject([
      { type: 'deliver', queueIndex: INBOX_QUEUE_INDEX, firstDelivery: 0, count: 1 },
      { type: 'deliver', queueIndex: INBOX_QUEUE_INDEX },
    ]);
    const bodies = replies.map((one) =>
      one.type === 'deliver' ? text.decode(bodyOf(one.bytes, one.offsets[0] ?? 0)) : '',
    );
    expect(bodies).toEqual(['a', 'b']);
  });

  it('that is gone with its connection, or never was, refuses the reply', async () => {
    const { broker, responder, requester } = await asked();
    const address = inboxOf(broker, requester);
    requester.leave();
    broker.router.fault(requester, 'send-lost');
    broker.settle();
    for (const gone of [address, '_inbox.nobody'])
      expect(broker.ask(responder, '', gone, 'late')).toMatchObject([{ code: 'REPLY_INBOX_GONE' }]);
    expect(broker.engine.state.inboxes.size).toBe(0);
    expect(broker.engine.state.counters.inboxGone).toBe(2);
  });

  it('ends with a second hello of its connection', async () => {
    const { broker, responder, requester } = await asked();
    const address = inboxOf(broker, requester);
    broker.say(requester, { type: 'hello', versions: [1] });
    expect(broker.ask(responder, '', address, 'late')).toMatchObject([{ code: 'REPLY_INBOX_GONE' }]);
  });

  it('takes what is plain, of bounded size, and at once', async () => {
    const { broker, responder, requester } = await asked();
    const address = inboxOf(broker, requester);
    const code = (...frames: Parameters<MemoryPeer['send']>) => broker.ask(responder, ...frames)[0]?.['code'];
    expect(code('', address, new Uint8Array(REPLY_BYTES_MAX))).toBe('PAYLOAD_TOO_LARGE');
    expect(code('', address, 'x', { delay_ms: 5 })).toBe('NOT_SUPPORTED');
    expect(deliveries(requester)).toEqual([]);
  });

  it('needs a hello, and a connection has so many', async () => {
    const { broker, requester } = await asked();
    expect(broker.say(requester, { type: 'inbox.open' })).toMatchObject([{ code: 'HELLO_REQUIRED' }]);
    broker.say(requester, { type: 'hello', versions: [1] });
    for (let i = 0; i < INBOXES_PER_PEER_MAX; i += 1) requester.say({ type: 'inbox.open' });
    broker.settle();
    requester.take();
    expect(broker.say(requester, { type: 'inbox.open' })).toMatchObject([
      { code: 'TOO_MANY_INBOXES', retry_after_ms: 100 },
    ]);
  });

  it('of one who does not read refuses the reply, and takes replies when it reads again', async () => {
    const { broker, responder, requester } = await asked();
    const address = inboxOf(broker, requester);
    requester.stopReading(100);
    const codes = Array.from({ length: 4 }, () => broker.ask(responder, '', address, 'x'.repeat(200))[0]?.['code']);
    expect(codes.at(-1)).toBe('BUSY');
    requester.read();
    broker.settle();
    const given = deliveries(requester).length;
    expect(given).toBe(codes.filter((code) => code === undefined).length);
    expect(broker.ask(responder, '', address, 'again')).toMatchObject([{ type: 'publish.confirmed' }]);
  });

  it('is no topic: no route takes its replies, and no batch holds one', async () => {
    const { broker, responder, requester } = await asked();
    const address = inboxOf(broker, requester);
    const operator = broker.admin.connect();
    broker.operate(operator, 'queues.declare', { queue: 'q', patterns: ['_inbox.>'] });
    broker.ask(responder, address, 'x');
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBe(0);
    broker.say(responder, { type: 'hello', versions: [2], producer: true });
    responder.take();
    const blocks = ['ask.x', address].map((topic) => encodeBlock({ topic, body: new Uint8Array(1) }));
    responder.send(encodePublish(1, 2, blocks, true));
    broker.settle();
    expect(packets(responder)).toMatchObject([
      { type: 'confirm', exceptions: [{ code: 'BATCH_REFUSED' }, { code: 'NOT_SUPPORTED' }] },
    ]);
  });
});

describe('a request that expects an answer', () => {
  it.each([
    ['a topic without a route', 'nowhere'],
    ['a queue without a consumer', 'lonely'],
  ])('to %s is refused at once', async (_, topic) => {
    const { broker, requester } = await asked();
    const operator = broker.admin.connect();
    broker.operate(operator, 'queues.declare', { queue: 'q', patterns: ['lonely'] });
    expect(broker.ask(requester, topic, 'x', { reply_expected: true, message_id: 'm' })).toMatchObject([
      { code: 'NO_RESPONDERS', message_id: 'm', retryable: true },
    ]);
    expect(broker.ask(requester, topic, 'x', { headers: { reply_expected: 'true' } })).toMatchObject([
      { code: 'NO_RESPONDERS' },
    ]);
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBe(0);
    expect(broker.engine.state.counters.noResponders).toBe(2);
  });

  it('to a consumer that an operator holds back is refused', async () => {
    const { broker, requester } = await asked();
    broker.operate(broker.admin.connect(), 'consumers.pause', { consumer_id: 'r' });
    expect(broker.ask(requester, 'ask.x', 'x', { reply_expected: true })).toMatchObject([{ code: 'NO_RESPONDERS' }]);
  });

  it('in a packet of abtp/2 is refused in its confirm', async () => {
    const { broker, requester } = await asked();
    broker.say(requester, { type: 'hello', versions: [2], producer: true });
    requester.take();
    const attributes = { reply_expected: true };
    requester.send(encodePublish(1, 1, [encodeBlock({ topic: 'nowhere', attributes, body: new Uint8Array(1) })]));
    broker.settle();
    expect(packets(requester)).toMatchObject([{ type: 'confirm', exceptions: [{ code: 'NO_RESPONDERS' }] }]);
  });
});

describe('one who waits for exactly one message', () => {
  it('gets the answer in place of the confirm, and no other one', async () => {
    const { broker, responder, requester } = await asked();
    expect(broker.ask(requester, '', 'ask.time', 'when?', { reply_expected: true })).toEqual([]);
    const [request] = deliveries(responder);
    const address = request?.meta['reply_to'] as string;
    expect(request?.meta).toMatchObject({ reply_to: expect.stringMatching(/^_inbox\./), ttl_ms: 5_000 });
    expect(broker.ask(responder, '', address, 'now')).toMatchObject([{ type: 'publish.confirmed' }]);
    expect(deliveries(requester)).toMatchObject([{ frames: 4, body: 'now' }]);
    expect(broker.ask(responder, '', address, 'once more')).toMatchObject([{ code: 'REPLY_INBOX_GONE' }]);
    broker.advance(10_000);
    expect([requester.take(), broker.engine.state.inboxes.size]).toEqual([[], 0]);
  });

  it('gets one of two answers that come together', async () => {
    const { broker, responder, requester } = await asked();
    broker.ask(requester, '', 'ask.x', 'x', { reply_expected: true });
    const address = deliveries(responder)[0]?.meta['reply_to'] as string;
    responder.send(address, 'first');
    responder.send(address, 'second');
    broker.settle();
    expect(words(responder)).toMatchObject([{ code: 'REPLY_INBOX_GONE' }]);
    expect(deliveries(requester).map(({ body }) => body)).toEqual(['first']);
  });

  it('gets an error when its time is over, and nobody works on it after that', async () => {
    const { broker, responder, requester } = await asked();
    expect(broker.ask(requester, '', 'ask.x', 'x', { reply_expected: true, ttl_ms: 800, message_id: 'm' })).toEqual([]);
    const address = deliveries(responder)[0]?.meta['reply_to'] as string;
    broker.advance(700);
    expect(words(requester)).toEqual([]);
    broker.advance(200);
    expect(words(requester)).toMatchObject([{ type: 'error', code: 'TIMEOUT', message_id: 'm' }]);
    expect(broker.ask(responder, '', address, 'late')).toMatchObject([{ code: 'REPLY_INBOX_GONE' }]);
    broker.advance(60_000);
    expect(requester.take().length + deliveries(responder).length).toBe(0);
    expect(broker.engine.state.counters.requestTimeouts).toBe(1);
  });

  it('gets an error at once where nobody answers, where it is refused, and where it would wait for too long', async () => {
    const { broker, requester } = await asked();
    const answer = (topic: string, options: object) => broker.ask(requester, '', topic, 'x', options);
    expect(answer('nowhere', { reply_expected: true })).toMatchObject([{ code: 'NO_RESPONDERS' }]);
    expect(answer('ask.x', { reply_expected: 'yes' })).toMatchObject([{ code: 'MALFORMED_OPTIONS' }]);
    expect(answer('ask.x', { reply_expected: true, ttl_ms: 900_000 })).toMatchObject([{ code: 'INVALID_ARGUMENT' }]);
    expect(answer('ask.x', { reply_expected: true, delivery_mode: 'fanout' })).toHaveLength(1);
    expect(broker.engine.state.inboxes.size).toBe(0);
  });

  it('gets the refusal alone where the queue takes nothing', async () => {
    const { broker, requester } = await asked();
    broker.operate(broker.admin.connect(), 'queues.drain', { queue: 'ask' });
    expect(broker.ask(requester, '', 'ask.x', 'x', { reply_expected: true })).toMatchObject([
      { code: 'QUEUE_DRAINING' },
    ]);
    broker.advance(10_000);
    expect([requester.take(), broker.engine.state.inboxes.size]).toEqual([[], 0]);
    expect(broker.engine.state.counters.requests).toBe(0);
  });

  it('gets one message for each of several requests under way', async () => {
    const { broker, responder, requester } = await asked();
    for (const body of ['a', 'b']) broker.ask(requester, '', 'ask.x', body, { reply_expected: true });
    const given = deliveries(responder);
    for (const { body, meta } of given.reverse()) broker.ask(responder, meta['reply_to'] as string, `${body}!`);
    expect(deliveries(requester).map(({ body }) => body)).toEqual(['b!', 'a!']);
  });

  it('gets the confirm where the answer goes somewhere else', async () => {
    const { broker, requester } = await asked();
    expect(broker.ask(requester, '', 'ask.x', 'x', { reply_expected: true, reply_to: 'answers' })).toMatchObject([
      { type: 'publish.confirmed', durability: 'disk' },
    ]);
  });
});
