// What lasts and what ends: leases, sessions over reconnects, and the orderly goodbye. Proved against a scripted broker on a
// real ROUTER socket.

import { describe, expect, it } from 'vitest';
import { gate, messages, opened, range, take, world } from '../../../internal/testing/client/consumer-world.ts';
import type { FakeBroker, FakePeer } from '../../../internal/testing/client/fake-broker.ts';
import { eventually } from '../../../internal/testing/eventually.ts';
import { errorWord } from '../../protocol/index.ts';
import type { Client, Consumer, TachyonError } from '../index.ts';

describe('leases', () => {
  it('are paid ahead on arrival, before the handler runs, for everything that came', async () => {
    const { peer } = await world({ autoExtend: 45_000 }, () => undefined);
    peer.deliver(1, messages(3));
    await eventually('acks', () => peer.acked().length === 3);
    const order = peer.heard.map((word) => word.type).filter((type) => type === 'extend' || type === 'ack');
    expect(order[0]).toBe('extend');
    expect(peer.of('extend')[0]).toMatchObject({ extendMs: 45_000, deliveries: [1, 2, 3] });
  });

  it('are never cut short by being paid ahead', async () => {
    const { peer } = await world({ autoExtend: 45_000 }, () => undefined);
    peer.deliver(1, messages(1), Date.now() + 600_000);
    const extend = await eventually('extended', () => peer.of('extend')[0]);
    expect('extendMs' in extend && extend.extendMs).toBeGreaterThan(590_000);
  });

  it('are paid again while they are held, and not once they are settled', async () => {
    const { peer, consumer } = await world({ autoExtend: 30 });
    peer.deliver(1, messages(2));
    const iterator = consumer[Symbol.asyncIterator]();
    const first = await take(iterator);
    await eventually('extended again', () => peer.of('extend').length >= 3);
    first.ack();
    await eventually('an ack', () => peer.acked().length === 1);
    const before = peer.of('extend').length;
    const later = await eventually('extended after the ack', () => peer.of('extend')[before + 1]);
    expect(later).toMatchObject({ deliveries: [2] });
  });

  it('are left alone where the options say so', async () => {
    const { peer, consumer } = await world({ autoExtend: false });
    peer.deliver(1, messages(1));
    const delivery = await take(consumer[Symbol.asyncIterator]());
    delivery.extend(5_000);
    delivery.extend();
    await eventually('asked for by hand', () => peer.of('extend').length === 2);
    expect(peer.of('extend').map((extend) => 'extendMs' in extend && extend.extendMs)).toEqual([5_000, 0]);
  });
});

describe('a reconnect', () => {
  it('registers anew: what is held is lost, and nothing said of it reaches the new session', async () => {
    const { open, pass } = gate();
    const { peer, broker, told } = await world({}, () => pass());
    peer.deliver(1, messages(3));
    await eventually('one runs', () => open.length === 1);
    await broker.stop();
    await broker.restart();
    const next = await eventually('a new session', () => broker.consumers.find((one) => one !== peer));
    expect(next.of('consumer.register')[0]?.sessionToken).toBeNull();
    await eventually('told', () => told.some((status) => status.type === 'session-renewed'));
    open[0]?.();
    next.deliver(11, messages(1));
    await eventually('the next one runs', () => open.length === 2);
    open[1]?.();
    await eventually('an ack', () => next.acked().length === 1);
    expect(next.acked()).toEqual([11]);
    const types = told.map((status) => status.type);
    expect(types.filter((type) => type === 'disconnected')).toHaveLength(2);
  });

  it('resumes with its token: what is held stays, and what was said meanwhile is sent', async () => {
    const { open, pass } = gate();
    const { peer, broker, told } = await world({ resumable: true }, () => pass(), {
      onRegister: (register) =>
        (opened.broker as FakeBroker).registered(register, register.sessionToken === 'session-1'),
    });
    peer.deliver(1, messages(2));
    await eventually('one runs', () => open.length === 1);
    await broker.stop();
    await eventually('the loss is known', () =>
      told.some((status) => status.type === 'disconnected' && status.connection === 'consume:c'),
    );
    open[0]?.();
    await eventually('the second runs', () => open.length === 2);
    await broker.restart();
    const next = await eventually('the session again', () => broker.consumers.find((one) => one !== peer));
    await eventually('an ack', () => next.acked().length === 1);
    open[1]?.();
    await eventually('both acked', () => next.acked().length === 2);
    expect(next.acked()).toEqual([1, 2]);
    expect(next.of('extend')[0]?.type).toBe('extend');
    expect(told.some((status) => status.type === 'session-renewed')).toBe(false);
  });

  it('with a token that fits no more begins without one', async () => {
    const { peer, broker } = await world({ resumable: true }, () => undefined, {
      onRegister: (register) =>
        register.sessionToken === null
          ? (opened.broker as FakeBroker).registered(register)
          : errorWord('SESSION_TOKEN_MISMATCH'),
    });
    peer.word(errorWord('SESSION_EXPIRED'));
    await eventually('three sessions', () => broker.consumers.length === 3);
    const tokens = broker.consumers.map((one) => one.of('consumer.register')[0]?.sessionToken);
    expect(tokens).toEqual([null, 'session-1', null]);
  });

  it('rejects a durable ack that was under way: its outcome is not known', async () => {
    const { peer, consumer, broker } = await world();
    peer.deliver(1, messages(1));
    const delivery = await take(consumer[Symbol.asyncIterator]());
    const ack = delivery.ack({ durable: true });
    const outcome = ack.catch((error: TachyonError) => error.code);
    await eventually('asked', () => peer.of('ack').length === 1);
    await broker.stop();
    expect(await outcome).toBe('BROKER_UNREACHABLE');
  });

  it('that is refused for good ends the consumer, and its iteration tells why', async () => {
    let count = 0;
    const { peer, consumer } = await world({}, undefined, {
      onRegister: (register) =>
        ++count === 1 ? (opened.broker as FakeBroker).registered(register) : errorWord('INVALID_NAME'),
    });
    const next = consumer[Symbol.asyncIterator]().next();
    const outcome = next.catch((error: TachyonError) => error.code);
    peer.word(errorWord('SESSION_EXPIRED'));
    expect(await outcome).toBe('INVALID_NAME');
    expect(await consumer.closed()).toMatchObject({ code: 'INVALID_NAME' });
    await expect(consumer[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'INVALID_NAME' });
  });
});

describe('draining', () => {
  const typesAfterRegister = (peer: FakePeer): string[] =>
    peer.heard.map((word) => word.type).filter((type) => type !== 'extend' && type !== 'hello');

  it('a consumer: nothing more is handed out, what runs is settled, then the session ends', async () => {
    const { open, pass } = gate();
    const { peer, consumer } = await world({ concurrency: 2 }, () => pass());
    peer.deliver(1, messages(5));
    await eventually('two run', () => open.length === 2);
    let drained = false;
    const done = consumer.drain().then(() => (drained = true));
    open[0]?.();
    await eventually('the first is acked', () => peer.acked().length === 1);
    expect(drained).toBe(false);
    open[1]?.();
    await done;
    expect(open).toHaveLength(2);
    expect(peer.acked()).toEqual([1, 2]);
    expect(typesAfterRegister(peer)).toEqual(['consumer.register', 'ack', 'ack', 'consumer.deregister']);
  });

  it('an iteration: it ends, and what was handed out may still be settled', async () => {
    const { peer, consumer } = await world({ autoExtend: false });
    peer.deliver(1, messages(2));
    const iterator = consumer[Symbol.asyncIterator]();
    const delivery = await take(iterator);
    const done = consumer.drain();
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    delivery.ack();
    await done;
    expect(typesAfterRegister(peer)).toEqual(['consumer.register', 'ack', 'consumer.deregister']);
  });

  it('ends in its time, whatever the handlers do', async () => {
    const { open, pass } = gate();
    const { peer, consumer } = await world({}, () => pass());
    peer.deliver(1, messages(1));
    await eventually('one runs', () => open.length === 1);
    await consumer.drain({ timeoutMs: 5 });
    expect(typesAfterRegister(peer)).toEqual(['consumer.register', 'consumer.deregister']);
  });

  it('a client: handlers may publish until they end, every publish is answered, then all is closed', async () => {
    const { open, pass } = gate();
    const made: { client?: Client; consumer?: Consumer } = {};
    const { client, peer, broker, told } = await world({}, async () => {
      await pass();
      await made.client?.publish('result', 'x');
    });
    made.client = client;
    peer.deliver(1, messages(1));
    await eventually('one runs', () => open.length === 1);
    const done = client.drain();
    await expect(client.consume({ queue: 'q' })).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    open[0]?.();
    await done;
    expect(broker.producers[0]?.published()).toEqual([{ sequence: 1, text: 'x' }]);
    expect(peer.acked()).toEqual([1]);
    expect(told.at(-1)).toEqual({ type: 'closed', error: null });
    await expect(client.publish('a', 'b')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('hundreds of deliveries in one turn keep their order', async () => {
    const seen: number[] = [];
    const { peer, client } = await world({}, (delivery) => {
      seen.push(delivery.deliveryId);
    });
    for (let first = 1; first <= 901; first += 100) peer.deliver(first, messages(100));
    await eventually('all', () => peer.acked().length === 1_000);
    await client.drain();
    expect(seen).toEqual(range(1, 1_000));
  });

  it('that another connection took over ends the consumer instead of taking it back', async () => {
    const { peer, consumer, broker } = await world();
    peer.word(errorWord('SESSION_REPLACED'));
    expect(await consumer.closed()).toMatchObject({ code: 'SESSION_REPLACED' });
    expect(broker.consumers).toHaveLength(1);
  });
});
