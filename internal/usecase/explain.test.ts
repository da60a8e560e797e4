// Why a queue gives nothing: each reason is made true, told, and gone when its cause is.

import { expect, test } from 'vitest';
import { anEngine, deliveries, type EngineFixture } from '../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../testing/fixtures/memory-transport.ts';

async function aQueue() {
  const broker = await anEngine();
  const operator = broker.admin.connect();
  const ask = (word: string, args: object = {}): Record<string, unknown> => {
    const reply = broker.operate(operator, word, { queue: 'q', ...args });
    expect(reply).toMatchObject({ ok: true });
    return reply['result'] as Record<string, unknown>;
  };
  ask('queues.declare', { patterns: ['a'], attempts_max: 5, backoff_initial_ms: 1_000, backoff_max_ms: 1_000 });
  const reason = (): unknown => ask('queues.why')['reason'];
  return { broker, ask, reason };
}

function publish(broker: EngineFixture): MemoryPeer {
  const peer = broker.router.connect();
  peer.send('', 'a', 'body');
  broker.settle();
  return peer;
}

/** What a producer was told. */
const told = (peer: MemoryPeer): unknown => JSON.parse(new TextDecoder().decode(peer.take().at(-1)?.at(-1)));

function consumer(broker: EngineFixture, window = 1): MemoryPeer {
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello' });
  broker.say(peer, { type: 'consumer.register', consumer_id: 'c', queue: 'q', window: { messages: window } });
  return peer;
}

test('nothing, nobody, a full window, a retry that waits: each is told as what it is', async () => {
  const { broker, ask, reason } = await aQueue();
  expect(reason()).toBe('empty');
  publish(broker);
  expect(ask('queues.why')).toMatchObject({
    reason: 'no_consumer',
    dispatching: false,
    next_step: 'start its consumers; to look without taking: tachyon queues browse q',
  });
  const peer = consumer(broker);
  publish(broker);
  expect(ask('queues.why')).toMatchObject({
    reason: 'window_full',
    leased: 1,
    consumers: [{ consumer_id: 'c', room: 0, reason: 'window_full' }],
  });
  const [given] = deliveries(peer);
  broker.say(peer, { type: 'nack', delivery_id: given?.meta['delivery_id'], status: 'retryable' });
  const [next] = deliveries(peer);
  broker.say(peer, { type: 'ack', delivery_id: next?.meta['delivery_id'] });
  expect(ask('queues.why')).toMatchObject({ reason: 'waiting_retry', waiting_retry: 1 });
  broker.advance(1_000);
  expect(reason()).toBe('window_full');
});

test('what waits is told by what is there, not by what a purge took', async () => {
  const { broker, ask } = await aQueue();
  consumer(broker);
  const later = (delay_ms: number): void => {
    broker.router.connect().send('', 'a', 'body', JSON.stringify({ delay_ms }));
    broker.settle();
  };
  later(600_000);
  ask('queues.purge', { confirm: 'PURGE', actor: 'olivia' });
  later(7_200_000);
  expect(ask('queues.why')).toMatchObject({
    reason: 'scheduled',
    detail: '1 wait for their time, the first for 7200000 ms more',
  });
});

test('what is over and cannot become a dead letter on a full disk is told as that', async () => {
  const { broker, ask } = await aQueue();
  ask('queues.declare', { queue: 'e', patterns: ['b'], expired: 'dead-letter' });
  broker.router.connect().send('', 'b', 'body', JSON.stringify({ ttl_ms: 1_000 }));
  broker.settle();
  broker.journal.setRoom(0, 1 << 20);
  broker.advance(1_500);
  const peer = broker.router.connect();
  broker.say(peer, { type: 'consumer.register', consumer_id: 'c', queue: 'e', window: { messages: 1 } });
  expect(deliveries(peer)).toEqual([]);
  expect(ask('queues.why', { queue: 'e' })).toMatchObject({
    reason: 'storage_full',
    detail: 'the time of 1 is over, and the disk has no room to make dead letters of them',
  });
});

test('a paused queue takes messages, hands none over, stays so over a restart, and goes on when it is resumed', async () => {
  const { broker, ask, reason } = await aQueue();
  const peer = consumer(broker, 10);
  expect(ask('queues.pause', { actor: 'olivia' })).toMatchObject({ paused: true });
  publish(broker);
  expect(deliveries(peer)).toEqual([]);
  expect(reason()).toBe('paused');
  expect(broker.stranded).toEqual([]);
  expect(ask('queues.resume', { actor: 'olivia' })).toMatchObject({ paused: false });
  expect(deliveries(peer)).toHaveLength(1);
  const lines = broker.operate(broker.admin.connect(), 'audit.list')['result'] as { items: { operation: string }[] };
  expect(lines.items.map(({ operation }) => operation)).toEqual(['declare_queue', 'pause_queue', 'resume_queue']);
});

test('a queue that is drained hands over what it has, takes nothing new, and goes on when it is resumed', async () => {
  const { broker, ask, reason } = await aQueue();
  publish(broker);
  expect(ask('queues.drain', { actor: 'olivia', reason: 'moving' })).toMatchObject({ draining: true, depth: 1 });
  expect(told(publish(broker))).toMatchObject({ code: 'QUEUE_DRAINING', retry_after_ms: 5_000 });
  const peer = consumer(broker, 10);
  expect(deliveries(peer)).toHaveLength(1);
  expect(reason()).toBe('all_leased');
  expect(ask('queues.pause')).toMatchObject({ paused: true, draining: true });
  expect(ask('queues.resume')).toMatchObject({ paused: false, draining: false });
  expect(told(publish(broker))).not.toHaveProperty('code');
});

test('all that is out is with consumers who have room for more', async () => {
  const { broker, reason } = await aQueue();
  consumer(broker, 10);
  publish(broker);
  expect(reason()).toBe('all_leased');
});

test('keys whose first message is out, failed too often, or is paused hold up the others, and that is told', async () => {
  const { broker, ask, reason } = await aQueue();
  const peer = broker.router.connect();
  const send = (): void => {
    peer.send('', 'a', 'body', JSON.stringify({ partition_key: 'k' }));
    broker.settle();
  };
  const worker = consumer(broker, 10);
  send();
  send();
  expect(reason()).toBe('keys_busy');
  const [first] = deliveries(worker);
  for (let failed = 0, given = first; failed < 5; failed += 1) {
    broker.say(worker, { type: 'nack', delivery_id: given?.meta['delivery_id'], status: 'retryable' });
    if (failed === 4) break;
    broker.advance(1_000);
    [given] = deliveries(worker);
  }
  expect(ask('queues.why')).toMatchObject({ reason: 'key_parked', ready: 1, waiting_retry: 1 });
  expect(ask('keys.list', { held: true })).toMatchObject({
    items: [{ key: 'k', state: 'parked', depth: 2, failed_deliveries: 5 }],
  });
  ask('keys.pause', { key: 'k' });
  expect(reason()).toBe('key_paused');
  ask('keys.resume', { key: 'k' });
  ask('keys.skip', { key: 'k' });
  expect(deliveries(worker)).toHaveLength(1);
});
