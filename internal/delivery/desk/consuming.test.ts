// Deliveries in every form and both versions.

import { describe, expect, it } from 'vitest';
import { encodeFetch } from '../../../pkg/protocol/abtp2/flow.ts';
import { encodeAck, encodeExtend, encodeNack } from '../../../pkg/protocol/abtp2/settle.ts';
import { BlockView } from '../../../pkg/protocol/block.ts';

import { aConsumer, depth } from '../../testing/fixtures/a-consumer.ts';
import { deliveries, packets, words } from '../../testing/fixtures/an-engine.ts';

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
    words(peer);
    broker.advance(1_001);
    expect(words(peer)).toMatchObject([{ type: 'consumer.fetched', consumer_id: 'c', count: 5, delivered: 2 }]);
    publish(1);
    expect(deliveries(peer)).toEqual([]);
  });

  it('that a fetch finds too few of come before the word that says so, with its number', async () => {
    const { broker, peer, publish } = await aConsumer({ window: { messages: 0 } });
    publish(1);
    peer.say({ type: 'consumer.fetch', count: 3, request: 9 });
    broker.settle();
    broker.advance(2);
    const heard = peer.take().map((frames) => Buffer.from(frames[1] ?? []).toString());
    expect(heard).toEqual(['a.b', '_control']);
    peer.say({ type: 'consumer.fetch', count: 3, request: 10 });
    broker.settle();
    broker.advance(2);
    expect(words(peer)).toMatchObject([{ type: 'consumer.fetched', request: 10, count: 3, delivered: 0 }]);
  });

  it('that end with their queue are named to the consumer that holds them', async () => {
    const { broker, peer, publish } = await aConsumer();
    publish(2);
    const held = deliveries(peer).map(({ meta }) => meta['delivery_id']);
    broker.operate(broker.admin.connect(), 'queues.delete', { queue: 'a.>', force: true, actor: 'a', reason: 'r' });
    expect(words(peer)).toEqual([
      { type: 'consumer.leases_ended', consumer_id: 'c', code: 'QUEUE_DELETED', queue: 'a.>', deliveries: held },
    ]);
    expect(broker.say(peer, { type: 'ack', message_id: 'm0' })).toMatchObject([{ code: 'UNKNOWN_DELIVERY' }]);
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
    peer.send(encodeFetch(4, 0, 12));
    broker.settle();
    broker.advance(2);
    expect(packets(peer)).toMatchObject([
      { type: 'deliver', count: 1 },
      { type: 'fetched', request: 12, count: 4, delivered: 1 },
    ]);
  });
});

const encodeNackOf = (delivery: number): Uint8Array =>
  encodeNack([{ delivery, status: 'terminal', reason: 'no', delayMs: 0 }], null);
