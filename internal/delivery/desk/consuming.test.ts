// Registers and deliveries in every form and both versions.

import { describe, expect, it } from 'vitest';
import { encodeFetch } from '../../../pkg/protocol/abtp2/flow.ts';
import { encodeAck, encodeExtend, encodeNack } from '../../../pkg/protocol/abtp2/settle.ts';
import { BlockView } from '../../../pkg/protocol/block.ts';
import { anEngine, deliveries, type EngineFixture, packets, words } from '../../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../../testing/fixtures/memory-transport.ts';

type Setup = Parameters<typeof anEngine>[0];

async function aConsumer(
  register: object = {},
  { hello = {}, setup = {} }: { hello?: object | null; setup?: Setup } = {},
) {
  const broker = await anEngine(setup);
  const peer = broker.router.connect();
  if (hello !== null) broker.say(peer, { type: 'hello', ...hello });
  const [registered] = broker.say(peer, {
    type: 'consumer.register',
    consumer_id: 'c',
    subscriptions: ['a.>'],
    ...register,
  });
  const producer = broker.router.connect();
  const publish = (count: number, ...frames: Parameters<MemoryPeer['send']>): void => {
    for (let i = 0; i < count; i += 1)
      producer.send(...(frames.length === 0 ? ['a.b', `m${i}`, { message_id: `m${i}` }] : frames));
    broker.settle();
  };
  return { broker, peer, producer, publish, registered };
}

const depth = (broker: EngineFixture, queue = 'a.>'): number => broker.engine.state.queueNamed('', queue)?.depth ?? -1;

describe('a register', () => {
  it('is answered with session, secret, window, heartbeat and queues', async () => {
    const { registered } = await aConsumer({ window: { messages: 5, bytes: 1_000 } });
    expect(registered).toMatchObject({
      type: 'consumer.registered',
      status: 'ok',
      consumer_id: 'c',
      heartbeat_interval_ms: 5_000,
      window: { messages: 5, bytes: 1_000 },
      queues: [{ index: 0, name: 'a.>', patterns: ['a.>'] }],
    });
    expect(registered?.['session_token']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is granted what the broker allows where it wishes for more or says nothing', async () => {
    const setup = { limits: { windowMessagesMax: 10, windowBytesMax: 500 } };
    expect((await aConsumer({}, { setup })).registered).toMatchObject({ window: { messages: 10, bytes: 500 } });
    const wish = { window: { messages: 99, bytes: 9_999 } };
    expect((await aConsumer(wish, { setup })).registered).toMatchObject({ window: { messages: 10, bytes: 500 } });
    const earlier = { capabilities: { max_inflight: 3 } };
    expect((await aConsumer(earlier, { setup })).registered).toMatchObject({ window: { messages: 3 } });
    const capped = { capabilities: { max_inflight: -1 } };
    expect((await aConsumer(capped, { setup })).registered).toMatchObject({ window: { messages: 10 } });
  });

  it.each([
    ['another mode', { mode: 'fanout' }, 'MODE_NOT_SUPPORTED'],
    ['a pattern against the grammar', { subscriptions: ['a.>.b'] }, 'INVALID_PATTERN'],
    ['nothing to work on', { subscriptions: [] }, 'INVALID_ARGUMENT'],
    ['no consumer id', { consumer_id: '' }, 'INVALID_NAME'],
    ['a list of the wrong shape', { subscriptions: 'a' }, 'MALFORMED_CONTROL'],
    ['too many subscriptions', { subscriptions: Array.from({ length: 1_025 }, (_, i) => `t${i}`) }, 'TOO_MANY_ITEMS'],
  ])('is refused for %s', async (_what, register, code) => {
    const { broker, registered } = await aConsumer(register);
    expect(registered).toMatchObject({ type: 'error', code });
    expect(broker.engine.state.sessions.size).toBe(0);
  });

  it('with very many long subscriptions is answered by a word that a client can read', async () => {
    const subscriptions = Array.from({ length: 800 }, (_, i) => `${'x'.repeat(200)}.${i}`);
    const { registered } = await aConsumer({ subscriptions });
    expect(registered).toMatchObject({ type: 'consumer.registered' });
    const queues = registered?.['queues'] as { index: number; name: string }[];
    expect(queues.map(({ name }) => name)).toEqual(subscriptions);
  });

  it('whose answer could not be said is refused at the door', async () => {
    const subscriptions = Array.from({ length: 1_020 }, (_, i) => `${'x'.repeat(230)}.${i}`);
    const { broker, registered } = await aConsumer({ subscriptions });
    expect(registered).toMatchObject({ code: 'FRAME_TOO_LARGE' });
    expect(broker.engine.state.queues.size).toBe(0);
  });

  it('on a used consumer id without its token takes the place of the old session, which is told', async () => {
    const { broker, peer, publish } = await aConsumer();
    publish(2);
    expect(deliveries(peer)).toHaveLength(2);
    const other = broker.router.connect();
    broker.say(other, { type: 'hello' });
    other.say({ type: 'consumer.register', consumer_id: 'c', subscriptions: ['a.>'] });
    broker.settle();
    expect(words(peer)).toMatchObject([{ code: 'SESSION_REPLACED' }]);
    expect(deliveries(other)).toMatchObject([{ meta: { returned: 1 } }, { meta: { returned: 1 } }]);
  });

  it('with a token that does not fit is refused', async () => {
    const { broker } = await aConsumer();
    const other = broker.router.connect();
    const register = { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a.>'], session_token: 'guess' };
    expect(broker.say(other, register)).toMatchObject([{ code: 'SESSION_TOKEN_MISMATCH' }]);
  });

  it('with the token of a resumable session takes it up again, leases and all', async () => {
    const { broker, peer, publish, registered } = await aConsumer({ capabilities: { resumable: true } });
    publish(1);
    const [given] = deliveries(peer);
    peer.leave();
    publish(1);
    expect(broker.engine.state.leases.size).toBe(2);
    const back = broker.router.connect();
    broker.say(back, { type: 'hello' });
    const [word] = broker.say(back, {
      type: 'consumer.register',
      consumer_id: 'c',
      subscriptions: ['a.>'],
      capabilities: { resumable: true },
      session_token: registered?.['session_token'],
    });
    expect(word).toMatchObject({
      resumed: true,
      session_id: registered?.['session_id'],
      session_token: registered?.['session_token'],
    });
    expect(broker.say(back, { type: 'ack', delivery_id: given?.meta['delivery_id'], request: 1 })).toMatchObject([
      { type: 'acked', request: 1 },
    ]);
  });
});

describe('deliveries', () => {
  const event = { ID: 'e1', Topic: 'x', Data: { n: 1 }, extra: 'kept' };

  it('are frames after hello: body and meta', async () => {
    const { peer, publish } = await aConsumer();
    publish(1, 'a.b', 'body', { message_id: 'm1', headers: { colour: 'red' } });
    expect(deliveries(peer)).toMatchObject([
      {
        frames: 4,
        topic: 'a.b',
        body: 'body',
        meta: { message_id: 'm1', attempt: 1, queue: 'a.>', headers: { colour: 'red' } },
      },
    ]);
  });

  it('are exactly three frames of event JSON without hello', async () => {
    const { peer, publish } = await aConsumer({}, { hello: null });
    publish(1, 'a.b', 'body', { message_id: 'm1' });
    const [delivery] = deliveries(peer);
    expect(delivery).toMatchObject({ frames: 3, meta: { ID: 'm1', Topic: 'a.b', attempt: 1 } });
    expect(Buffer.from(delivery?.meta['Data'] as string, 'base64').toString()).toBe('body');
    expect(delivery?.meta['delivery_id']).toMatch(/^\d+$/);
  });

  it('leave an event byte for byte where it was published as one', async () => {
    const { peer, publish } = await aConsumer({ form: 'event' });
    publish(1, 'a.b', event);
    expect(deliveries(peer)).toMatchObject([{ frames: 4, body: JSON.stringify(event), meta: { form: 'event' } }]);
  });

  it('are envelopes where the register says so', async () => {
    const { peer, publish } = await aConsumer({ form: 'envelope' });
    publish(1, 'a.b', { n: 1 }, { content_type: 'application/json', message_id: 'm1' });
    expect(deliveries(peer)).toMatchObject([
      { frames: 3, meta: { spec_version: 'abtp/1', message_id: 'm1', topic: 'a.b', payload: { n: 1 } } },
    ]);
  });

  it('stop at the window, in messages and in bytes, and go on with an ack', async () => {
    const { broker, peer, publish } = await aConsumer({ window: { messages: 2 } });
    publish(5);
    const [first, second, ...more] = deliveries(peer);
    expect([first?.body, second?.body, more]).toEqual(['m0', 'm1', []]);
    broker.say(peer, { type: 'ack', delivery_id: first?.meta['delivery_id'] });
    expect(deliveries(peer).map(({ body }) => body)).toEqual(['m2']);
    const narrow = await aConsumer({ window: { bytes: 60 } });
    narrow.publish(5);
    expect(deliveries(narrow.peer).length).toBeLessThan(5);
  });

  it('are settled before they are handed over where the consumer does not ack', async () => {
    const { broker, peer, publish } = await aConsumer({
      capabilities: { supports_ack: false },
      window: { messages: 2 },
    });
    publish(5);
    expect(deliveries(peer).map(({ body }) => body)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
    expect([depth(broker), broker.engine.state.leases.size]).toEqual([0, 0]);
    broker.syncs = false;
    publish(1);
    expect(deliveries(peer)).toEqual([]);
  });

  it('are counted as lost where the consumer had gone at the hand-over', async () => {
    const { broker, peer, publish } = await aConsumer({ capabilities: { supports_ack: false } });
    broker.syncs = false;
    publish(1);
    peer.say({ type: 'hello' });
    broker.syncs = true;
    broker.settle();
    const lost = broker.counters().lostAtHandOver;
    expect(lost === 1 || depth(broker) === 1).toBe(true);
  });

  it('wait to be fetched where the window says 0 messages, and a fetch ends with its time', async () => {
    const { broker, peer, publish, registered } = await aConsumer({ window: { messages: 0 } });
    expect(registered).toMatchObject({ window: { messages: 1_024 } });
    publish(3);
    expect(deliveries(peer)).toEqual([]);
    broker.say(peer, { type: 'consumer.fetch', consumer_id: 'c', count: 2 });
    expect(deliveries(peer)).toHaveLength(2);
    broker.say(peer, { type: 'consumer.fetch', count: 5, wait_ms: 1_000 });
    expect(deliveries(peer)).toHaveLength(1);
    publish(1);
    expect(deliveries(peer)).toHaveLength(1);
    broker.advance(1_001);
    publish(1);
    expect(deliveries(peer)).toEqual([]);
  });

  it('are pushed to who did not register to fetch: a fetch is refused', async () => {
    const { broker, peer } = await aConsumer();
    expect(broker.say(peer, { type: 'consumer.fetch', count: 1 })).toMatchObject([{ code: 'INVALID_ARGUMENT' }]);
    expect(broker.say(broker.router.connect(), { type: 'consumer.fetch', count: 1 })).toMatchObject([
      { code: 'NOT_REGISTERED' },
    ]);
  });
});

describe('deliveries in abtp/2', () => {
  it('are packets of the blocks as they were published, with the queue that they are of', async () => {
    const { broker, peer, publish } = await aConsumer({ subscriptions: ['z', 'a.>'] }, { hello: { versions: [2] } });
    words(peer);
    publish(3);
    const [packet] = packets(peer).flatMap((one) => (one.type === 'deliver' ? [one] : []));
    expect(packet).toMatchObject({ queueIndex: 1, count: 3 });
    const blocks = packet?.offsets.map((at) => new BlockView(packet.bytes, at));
    expect(blocks?.map(({ messageId }) => messageId)).toEqual(['m0', 'm1', 'm2']);
    const id = packet?.firstDelivery ?? 0;
    peer.send(encodeAck([id, id + 1, 99], 5));
    broker.settle();
    expect(packets(peer)).toMatchObject([
      { type: 'acked', request: 5, refused: [{ delivery: 99, code: 'UNKNOWN_DELIVERY' }] },
    ]);
    peer.send(encodeExtend([id + 2], 60_000, null));
    peer.send(encodeNackOf(id + 2));
    broker.settle();
    expect(packets(peer)).toEqual([]);
    expect(depth(broker)).toBe(0);
  });

  it('are cut so that one packet does not hold up the next message', async () => {
    const { peer, publish } = await aConsumer({}, { hello: { versions: [2] } });
    words(peer);
    publish(5, 'a.b', new Uint8Array(600_000), {});
    const sizes = packets(peer).map((one) => (one.type === 'deliver' ? one.count : -1));
    expect(sizes.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2);
  });

  it('are fetched by a packet', async () => {
    const { broker, peer, publish } = await aConsumer({ window: { messages: 0 } }, { hello: { versions: [2] } });
    words(peer);
    publish(3);
    peer.send(encodeFetch(2, 0));
    broker.settle();
    expect(packets(peer)).toMatchObject([{ type: 'deliver', count: 2 }]);
  });
});

const encodeNackOf = (delivery: number): Uint8Array =>
  encodeNack([{ delivery, status: 'terminal', reason: 'no', delayMs: 0 }], null);
