// Proved against a scripted broker on a real ROUTER socket.

import { describe, expect, it } from 'vitest';
import { gate, messages, nacked, opened, take, world } from '../../../internal/testing/client/consumer-world.ts';
import { FakeBroker } from '../../../internal/testing/client/fake-broker.ts';
import { eventually } from '../../../internal/testing/eventually.ts';
import { type BrokerWord, encodeFetched, errorWord } from '../../protocol/index.ts';
import { connect, TachyonError } from '../index.ts';

describe('registering', () => {
  it('says what the options say', async () => {
    const { peer, consumer } = await world({
      subscriptions: ['a.*'],
      window: { messages: 7, bytes: 1_000 },
      resumable: true,
      supportsAck: false,
    });
    expect(peer.of('consumer.register')).toMatchObject([
      {
        consumerId: 'c',
        queue: 'q',
        subscriptions: ['a.*'],
        window: { messages: 7, bytes: 1_000 },
        capabilities: { resumable: true, supportsAck: false },
        sessionToken: null,
      },
    ]);
    expect(consumer.queues).toEqual(['q']);
  });

  it('that is refused rejects with the code', async () => {
    const broker = await FakeBroker.start({ onRegister: () => errorWord('INVALID_NAME', { detail: 'queue' }) });
    opened.broker = broker;
    const client = await connect({ router: broker.address });
    opened.client = client;
    await expect(client.consume({ queue: ' ' })).rejects.toMatchObject({ code: 'INVALID_NAME', detail: 'queue' });
  });

  it('that is not answered rejects with BROKER_UNREACHABLE', async () => {
    const broker = await FakeBroker.start({ onRegister: () => null });
    opened.broker = broker;
    const client = await connect({ router: broker.address, timeoutMs: 100 });
    opened.client = client;
    await expect(client.consume({ queue: 'q' })).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  });
});

describe('options', () => {
  it.each([
    [{ concurrency: 0 }, 'concurrency'],
    [{ autoExtend: 0 }, 'autoExtend'],
    [{ autoExtend: 2 ** 40 }, 'autoExtend'],
    [{ pull: true }, 'pull'],
  ])('%j with a handler are refused by name', async (options, name) => {
    const { client, broker } = await world();
    const refused = client.consume(options, () => undefined);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', detail: expect.stringContaining(name) });
    expect(broker.consumers).toHaveLength(1);
  });

  it('decide how a consumer is read, and the other ways are refused', async () => {
    const pushed = await world();
    await expect(pushed.consumer.fetch(1)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(pushed.peer.of('fetch')).toEqual([]);
    const pulling = await pushed.client.consume({ queue: 'q', pull: true });
    expect(() => pulling[Symbol.asyncIterator]()).toThrow(TachyonError);
  });
});

describe('a delivery', () => {
  it('tells everything about its message', async () => {
    const { peer, consumer } = await world({ autoExtend: false });
    peer.deliver(500, [{ topic: 'a.b', text: '{"x":1}', messageId: 'id-1', attempt: 3 }], 1_900_000_000_000);
    const delivery = await take(consumer[Symbol.asyncIterator]());
    expect(delivery).toMatchObject({
      topic: 'a.b',
      messageId: 'id-1',
      headers: {},
      sequence: 500,
      attempt: 3,
      returned: 0,
      deliveryId: 500,
      queue: 'q',
      form: 0,
      compression: 0,
      isOpen: true,
    });
    expect(delivery.json()).toEqual({ x: 1 });
    expect(delivery.deadlineMs).toBe(1_900_000_000_000);
  });

  it('is settled once, whatever is said after', async () => {
    const { peer, consumer } = await world({ autoExtend: false });
    peer.deliver(1, messages(2));
    const iterator = consumer[Symbol.asyncIterator]();
    const first = await take(iterator);
    const second = await take(iterator);
    first.ack();
    first.ack();
    first.nack();
    first.extend(1_000);
    second.nack({ status: 'terminal', reason: 'ä'.repeat(2_000), delayMs: 5 });
    second.ack();
    await eventually('both words', () => peer.of('ack').length === 1 && peer.of('nack').length === 1);
    expect(peer.acked()).toEqual([1]);
    const [nack] = peer.of('nack');
    expect(nack?.items).toMatchObject([{ status: 'terminal', delayMs: 5 }]);
    expect(nack?.items[0]?.reason).toBe('ä'.repeat(512));
    expect(peer.of('extend')).toEqual([]);
    expect(first.isOpen).toBe(false);
    await expect(first.ack({ durable: true })).rejects.toMatchObject({ code: 'STALE_DELIVERY' });
  });

  it('acked durably waits for the answer, and a refusal is told', async () => {
    const { peer, consumer, told } = await world({ autoExtend: false });
    peer.deliver(1, messages(2));
    const iterator = consumer[Symbol.asyncIterator]();
    const acks = [(await take(iterator)).ack({ durable: true }), (await take(iterator)).ack({ durable: true })];
    const outcomes = Promise.allSettled(acks);
    const request = await eventually('one request for both', () => peer.of('ack')[0]?.request);
    peer.acks(request, [{ delivery: 2, code: 'STALE_DELIVERY' }]);
    expect(await outcomes).toMatchObject([
      { status: 'fulfilled', value: { position: 77 } },
      { status: 'rejected', reason: { code: 'STALE_DELIVERY' } },
    ]);
    expect(told).toContainEqual({
      type: 'settlement-refused',
      connection: 'consume:c',
      deliveryId: 2,
      code: 'STALE_DELIVERY',
    });
  });

  it('of at most once needs no ack, and none is sent', async () => {
    const seen: string[] = [];
    const { peer, client } = await world({ supportsAck: false }, (delivery) => seen.push(delivery.text()));
    peer.deliver(0, messages(3));
    await eventually('three messages', () => seen.length === 3);
    await client.drain();
    expect(peer.of('ack')).toEqual([]);
    expect(peer.of('extend')).toEqual([]);
  });

  it('whose lease ended at the broker is closed here too', async () => {
    const { peer, consumer } = await world();
    peer.deliver(1, messages(1));
    const delivery = await take(consumer[Symbol.asyncIterator]());
    peer.word(errorWord('STALE_DELIVERY', { deliveryId: 1 }));
    await eventually('closed', () => !delivery.isOpen);
  });
});

describe('the handler form', () => {
  it('acks on success, hands back on a throw with its reason, and leaves alone what was settled', async () => {
    const told: string[] = [];
    const world_ = await world({ autoExtend: false }, (delivery) => {
      told.push(delivery.text());
      if (delivery.text() === 'm1') throw new Error('no such order');
      if (delivery.text() === 'm2') return Promise.reject(new TypeError('later'));
      if (delivery.text() === 'm3') delivery.nack({ status: 'returned' });
      return delivery.text() === 'm4' ? Promise.resolve() : undefined;
    });
    const { peer } = world_;
    peer.deliver(10, messages(5));
    await eventually('all settled', () => peer.acked().length + nacked(peer).length === 5);
    expect(told).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
    expect(peer.acked()).toEqual([10, 14]);
    expect(nacked(peer)).toMatchObject([
      { delivery: 11, status: 'retryable', reason: 'no such order' },
      { delivery: 12, status: 'retryable', reason: 'later' },
      { delivery: 13, status: 'returned' },
    ]);
    expect(world_.told.filter((status) => status.type === 'handler-failed')).toHaveLength(2);
  });

  it('runs as many at a time as it is told, in the order of arrival', async () => {
    const { open, pass } = gate();
    const started: string[] = [];
    const { peer } = await world({ concurrency: 2 }, (delivery) => {
      started.push(delivery.text());
      return pass();
    });
    peer.deliver(1, messages(4));
    await eventually('two run', () => open.length === 2);
    expect(started).toEqual(['m0', 'm1']);
    open[1]?.();
    await eventually('the third runs', () => open.length === 3);
    expect(started).toEqual(['m0', 'm1', 'm2']);
    for (const end of open) end();
    await eventually('the fourth runs', () => open.length === 4);
    open[3]?.();
    await eventually('all acked', () => peer.acked().length === 4);
  });

  it('gives the event loop its turn while a long run of quick handlers works', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    let turnsAtEnd = 0;
    const { peer } = await world({ autoExtend: false }, (delivery) => {
      const untilMs = performance.now() + 2;
      while (performance.now() < untilMs);
      if (delivery.text() === 'm49') turnsAtEnd = turns;
    });
    const before = turns;
    peer.deliver(1, messages(50));
    await eventually('all acked', () => peer.acked().length === 50);
    clearInterval(timer);
    expect(turnsAtEnd - before).toBeGreaterThanOrEqual(4);
    expect(peer.of('ack').length).toBeGreaterThan(2);
  });
});

describe('the iteration', () => {
  it('hands out in order, and leaving it ends the session after the acks that were said', async () => {
    const { peer, consumer } = await world({ autoExtend: false });
    peer.deliver(1, messages(5));
    const seen: string[] = [];
    for await (const delivery of consumer) {
      seen.push(delivery.text());
      delivery.ack();
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(['m0', 'm1']);
    expect(peer.heard.map((word) => word.type)).toEqual(['hello', 'consumer.register', 'ack', 'consumer.deregister']);
    expect(peer.acked()).toEqual([1, 2]);
    expect(await consumer.closed()).toBeNull();
  });

  it('waits for what is to come, with any number of readers', async () => {
    const { peer, consumer } = await world();
    const iterator = consumer[Symbol.asyncIterator]();
    const next = [take(iterator), take(iterator)];
    peer.deliver(1, messages(2));
    expect((await Promise.all(next)).map((delivery) => delivery.text())).toEqual(['m0', 'm1']);
  });

  it('ends when the consumer is closed', async () => {
    const { consumer } = await world();
    const next = consumer[Symbol.asyncIterator]().next();
    await consumer.close();
    expect(await next).toEqual({ value: undefined, done: true });
  });

  it('is not for a consumer with a handler', async () => {
    const { consumer } = await world({}, () => undefined);
    expect(() => consumer[Symbol.asyncIterator]()).toThrow(TachyonError);
  });
});

describe('fetching', () => {
  it('asks for no push, resolves with as many as were asked for, and keeps the rest', async () => {
    const { peer, consumer } = await world({ pull: true });
    expect(peer.of('consumer.register')[0]?.window).toEqual({ messages: 0, bytes: null });
    const first = consumer.fetch(2, { waitMs: 10_000 });
    await expect(consumer.fetch(1)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await eventually('a fetch', () => peer.of('fetch').length === 1);
    expect(peer.of('fetch')[0]).toMatchObject({ count: 2, waitMs: 10_000 });
    peer.deliver(1, messages(3));
    expect((await first).map((delivery) => delivery.text())).toEqual(['m0', 'm1']);
    expect((await consumer.fetch(1)).map((delivery) => delivery.text())).toEqual(['m2']);
    expect(peer.of('fetch')).toHaveLength(1);
  });

  it('resolves with what came when the time is over', async () => {
    const { consumer } = await world({ pull: true });
    expect(await consumer.fetch(5, { waitMs: 1 })).toEqual([]);
  });

  it('resolves with what came when the broker says that no more will, and not for a fetch of before', async () => {
    const { peer, consumer } = await world({ pull: true });
    const fetched = consumer.fetch(5, { waitMs: 200_000 });
    const request = await eventually('a fetch', () => peer.of('fetch')[0]?.request);
    peer.packet(encodeFetched({ request: request + 1, count: 5, delivered: 0 }));
    peer.packet(encodeFetched({ request: null, count: 5, delivered: 0 }));
    peer.deliver(1, messages(2));
    peer.packet(encodeFetched({ request, count: 5, delivered: 2 }));
    expect((await fetched).map((delivery) => delivery.text())).toEqual(['m0', 'm1']);
  });
});

describe('deliveries of a queue that is deleted', () => {
  const ended = (deliveries: readonly number[]): BrokerWord => ({
    type: 'consumer.leases_ended',
    consumerId: 'c',
    code: 'QUEUE_DELETED',
    queue: 'q',
    deliveries,
  });

  it('are not open any more, are told once, and what was not begun is not handed out', async () => {
    const { peer, consumer, told } = await world({ autoExtend: false });
    peer.deliver(1, messages(3));
    const iterator = consumer[Symbol.asyncIterator]();
    const first = await take(iterator);
    peer.word(ended([1, 2, 3, 99]));
    await eventually('told', () => told.some(({ type }) => type === 'leases-ended'));
    peer.deliver(10, [{ topic: 'a.b', text: 'of another queue' }]);
    expect((await take(iterator)).text()).toBe('of another queue');
    expect(first.isOpen).toBe(false);
    first.ack();
    await expect(first.ack({ durable: true })).rejects.toMatchObject({ code: 'STALE_DELIVERY' });
    expect(told.filter(({ type }) => type === 'leases-ended')).toEqual([
      { type: 'leases-ended', connection: 'consume:c', queue: 'q', count: 3, code: 'QUEUE_DELETED' },
    ]);
    await consumer.drain({ timeoutMs: 60_000 });
    expect(peer.of('nack')).toEqual([]);
    expect(peer.acked()).toEqual([]);
  });

  it('are not acked by the handler that was at work on them', async () => {
    const { open, pass } = gate();
    const { peer, told } = await world({ concurrency: 1, autoExtend: false }, pass);
    peer.deliver(1, messages(2));
    await eventually('a handler', () => open.length === 1);
    peer.word(ended([1, 2]));
    await eventually('told', () => told.some(({ type }) => type === 'leases-ended'));
    open[0]?.();
    peer.deliver(5, messages(1));
    await eventually('the next one', () => open.length === 2);
    open[1]?.();
    await eventually('its ack', () => peer.acked().length > 0);
    expect(peer.acked()).toEqual([5]);
  });
});
