// Where a message is: found by its id in every queue that has it, in each of its states, page by page, and with what its
// queue waits for.

import { expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { anEngine, deliveries, type EngineFixture } from '../../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../../testing/fixtures/memory-transport.ts';

interface Traced {
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
  readonly queues: readonly Record<string, unknown>[];
  readonly searched: number;
  readonly unreadable: number;
}

async function aBroker() {
  const broker = await anEngine({ policy: { attemptsMax: 2, backoffInitialMs: 5_000, backoffJitter: 0 } });
  const operator = broker.admin.connect();
  const result = (word: string, args: object): unknown => {
    const reply = broker.operate(operator, word, args);
    expect(reply).toMatchObject({ ok: true });
    return reply['result'];
  };
  const trace = (args: object) => result('messages.trace', args) as Traced;
  for (const queue of ['q', 'r']) result('queues.declare', { queue, patterns: ['a'] });
  return { broker, operator, result, trace };
}

function publish(broker: EngineFixture, ids: readonly string[], headers: Record<string, string> = {}): void {
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello', versions: [2], producer: true });
  ids.forEach((messageId, index) => {
    const body = new TextEncoder().encode(`body of ${messageId}`);
    peer.send(encodePublish(index + 1, 1, [encodeBlock({ topic: 'a', messageId, attributes: { headers }, body })]));
  });
  broker.settle();
}

function consumer(broker: EngineFixture, messages = 1): MemoryPeer {
  const peer = broker.router.connect();
  broker.say(peer, { type: 'consumer.register', consumer_id: 'w1', queue: 'q', window: { messages } });
  return peer;
}

it('finds a message in every queue that has it, with what it is and why it waits', async () => {
  const { broker, trace } = await aBroker();
  publish(broker, ['m1', 'm2'], { traceparent: '00-aa-bb-01', tracestate: 'v=1' });
  const found = trace({ id: 'm1' });
  const item = {
    message_id: 'm1',
    topic: 'a',
    state: 'ready',
    durable: true,
    lease: null,
    retry_at: null,
    dead_letter: null,
    history: [],
    history_total: 0,
    trace_context: { traceparent: '00-aa-bb-01', tracestate: 'v=1' },
  };
  expect(found.items).toMatchObject([
    { ...item, queue: 'q' },
    { ...item, queue: 'r' },
  ]);
  expect(found.queues).toMatchObject([
    {
      queue: 'q',
      reason: 'no_consumer',
      next_step: 'start its consumers; to look without taking: tachyon queues browse q',
    },
    { queue: 'r', reason: 'no_consumer' },
  ]);
  expect(found).toMatchObject({ next: null, searched: 4, unreadable: 0 });
  expect(found.items[0]).not.toHaveProperty('payload');
  expect(trace({ id: 'm1', body_bytes: 4 }).items[0]).toMatchObject({ payload: btoa('body'), truncated: true });
  expect(trace({ id: 'm1', queue: 'r' }).items).toMatchObject([{ queue: 'r' }]);
  expect(trace({ id: 'm1', tenant_id: 'other' })).toMatchObject({ items: [], searched: 0 });
  expect(trace({ id: 'm3' }).items).toEqual([]);
});

it('tells when a message that was published for later is due', async () => {
  const { broker, result, trace } = await aBroker();
  publish(broker, ['m1'], { delay_ms: '60000' });
  publish(broker, ['m2']);
  const [later] = trace({ id: 'm1', queue: 'q' }).items;
  expect(later).toMatchObject({ state: 'scheduled', retry_at: null, expires_at: null, deliveries: 0 });
  expect(Date.parse(String(later?.['due_at']))).toBe(broker.engine.state.retries.nextMs);
  const shown = () => (result('queues.browse', { queue: 'q' }) as Traced).items;
  expect(shown()).toMatchObject([
    { message_id: 'm1', status: 'scheduled', due_at: later?.['due_at'] },
    { message_id: 'm2', status: 'ready', due_at: null, retry_at: null },
  ]);
  expect(result('queues.show', { queue: 'q' })).toMatchObject({ depth: 2, ready: 1, scheduled: 1, waiting_retry: 0 });
  expect(result('queues.why', { queue: 'q' })).toMatchObject({ ready: 1, scheduled: 1, waiting_retry: 0 });
  expect(result('status', {})).toMatchObject({ scheduled: 2, waiting_retry: 0 });
  broker.advance(60_000);
  expect(trace({ id: 'm1', queue: 'q' }).items).toMatchObject([{ state: 'ready', due_at: null }]);
  expect(result('status', {})).toMatchObject({ scheduled: 0, waiting_retry: 0 });
});

it('a retry waits its own time, whatever the message waited for before it was a dead letter', async () => {
  const { broker, result } = await aBroker();
  result('queues.declare', { queue: 'e', patterns: ['b'], expired: 'dead-letter' });
  const producer = broker.router.connect();
  producer.send('', 'b', 'body', JSON.stringify({ message_id: 'm1', ttl_ms: 1_500 }));
  broker.settle();
  const peer = broker.router.connect();
  broker.say(peer, { type: 'consumer.register', consumer_id: 'w1', queue: 'e', window: { messages: 1 } });
  const nack = (delay_ms: number) => {
    const [given] = deliveries(peer);
    broker.say(peer, { type: 'nack', delivery_id: given?.meta['delivery_id'], status: 'retryable', delay_ms });
  };
  nack(8_000);
  broker.advance(1_600);
  result('dlq.replay', { ids: ['m1'], target_consumer: 'w1', target_topic: 'b', confirm: 'REPLAY' });
  broker.settle();
  nack(60_000);
  broker.advance(30_000);
  expect(deliveries(peer)).toEqual([]);
  broker.advance(31_000);
  expect(deliveries(peer)).toHaveLength(1);
});

it('tells who holds it, when it is tried again, and of what it died', async () => {
  const { broker, result, trace } = await aBroker();
  publish(broker, ['m1']);
  const worker = consumer(broker);
  const [first] = deliveries(worker);
  const where = () => trace({ id: 'm1', queue: 'q' }).items;
  expect(where()).toMatchObject([
    {
      state: 'leased',
      lease: { consumer_id: 'w1', delivery_id: first?.meta['delivery_id'], until: expect.any(String) },
    },
  ]);
  const nack = (delivery: unknown) =>
    broker.say(worker, { type: 'nack', delivery_id: delivery, status: 'retryable', reason: 'no stock' });
  nack(first?.meta['delivery_id']);
  const [waiting] = where();
  expect(waiting).toMatchObject({
    state: 'waiting_retry',
    lease: null,
    failed_deliveries: 1,
    history: [{ attempt: 1, consumer_id: 'w1', cause: 'nack_retryable', reason: 'no stock' }],
  });
  expect(Date.parse(String(waiting?.['retry_at'])) - broker.engine.state.retries.nextMs).toBeLessThan(1);
  broker.advance(6_000);
  nack(deliveries(worker)[0]?.meta['delivery_id']);
  expect(where()).toMatchObject([
    {
      state: 'dead_letter',
      dead_letter: { cause: 'attempts_exhausted', reason: 'no stock' },
      history_total: 2,
      deliveries: 2,
      failed_deliveries: 2,
    },
  ]);
  result('dlq.replay', { ids: ['m1'], target_consumer: 'w1', target_topic: 'a', confirm: 'REPLAY', actor: 'a' });
  expect(where()).toMatchObject([{ state: 'leased', history_total: 3 }]);
});

it('goes through very many, page by page, each after a bounded look', async () => {
  const { broker, trace } = await aBroker();
  const ids = Array.from({ length: 20_000 }, (_, index) => (index % 400 === 399 ? 'wanted' : ''));
  publish(broker, ids);
  const items: Record<string, unknown>[] = [];
  let searched = 0;
  let pages = 0;
  let after: string | null = null;
  do {
    const page: Traced = trace({ id: 'wanted', after });
    expect(page.searched).toBeLessThanOrEqual(17_000);
    items.push(...page.items);
    searched += page.searched;
    pages += 1;
    after = page.next;
  } while (after !== null);
  expect(pages).toBeGreaterThan(2);
  expect(items).toHaveLength(100);
  expect(new Set(items.map(({ queue, sequence }) => `${String(queue)} ${String(sequence)}`)).size).toBe(100);
  expect(searched).toBeGreaterThanOrEqual(40_000);
  expect(trace({ id: '#7', queue: 'q' }).items).toMatchObject([{ sequence: 7, message_id: '#7' }]);
});

it('counts those whose ids it cannot read', async () => {
  const { broker, trace } = await aBroker();
  publish(broker, ['m1']);
  publish(broker, ['m2']);
  broker.journal.forgottenThrough = broker.journal.last;
  broker.journal.damaged.add(broker.journal.last);
  expect(trace({ id: 'm1', queue: 'q' })).toMatchObject({ items: [{ message_id: 'm1' }], searched: 2, unreadable: 1 });
});

it.each([[{}], [{ id: 7 }], [{ id: 'm', after: '5' }], [{ id: 'm', body_bytes: -1 }], [{ id: 'm', x: 1 }]])(
  'refuses %j',
  async (args) => {
    const { broker, operator } = await aBroker();
    const reply = broker.operate(operator, 'messages.trace', args);
    expect(reply).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
  },
);

it('finds a message by its number too, whatever id it has, and one whose id looks like a number', async () => {
  const { broker, trace } = await aBroker();
  publish(broker, ['m1', '#1', 'm3']);
  const found = (id: string) =>
    trace({ id, queue: 'q' }).items.map(({ message_id, sequence }) => [message_id, sequence]);
  expect(found('#3')).toEqual([['m3', 3]]);
  expect(found('#1')).toEqual([
    ['m1', 1],
    ['#1', 2],
  ]);
  expect(found('#03x')).toEqual([]);
});

it("says of each message what is in its own way, then what is in its queue's", async () => {
  const { broker, trace } = await aBroker();
  const reason = (id: string): unknown => trace({ id, queue: 'q' }).items.map(({ why }) => why);
  publish(broker, ['m1', 'm2', 'm3']);
  const startThem = 'start its consumers; to look without taking: tachyon queues browse q';
  expect(reason('m2')).toMatchObject([{ reason: 'no_consumer', next_step: startThem }]);
  const peer = consumer(broker);
  expect(reason('m1')).toMatchObject([{ reason: 'leased', detail: expect.stringContaining('consumer "w1" has it') }]);
  expect(reason('m2')).toMatchObject([{ reason: 'window_full' }]);
  broker.say(peer, { type: 'nack', delivery_id: deliveries(peer)[0]?.meta['delivery_id'], status: 'terminal' });
  expect(reason('m1')).toMatchObject([{ reason: 'dead_letter', detail: 'nack_terminal: terminal_error' }]);
  broker.say(peer, { type: 'nack', delivery_id: deliveries(peer)[0]?.meta['delivery_id'], status: 'retryable' });
  expect(reason('m2')).toMatchObject([
    { reason: 'waiting_retry', detail: 'it failed 1 times, and is tried again in 5000 ms' },
  ]);
});
