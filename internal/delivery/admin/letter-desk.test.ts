// Dead letters through the real broker: what operators find, what they may do with it, and what stands in the audit log
// when they have.

import { describe, expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { anEngine, deliveries, type EngineFixture, type Word } from '../../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../../testing/fixtures/memory-transport.ts';

type Item = Readonly<Record<string, unknown>>;

async function anOperator() {
  const broker = await anEngine();
  const peer = broker.admin.connect();
  const ask = (word: string, args: object = {}): Word => broker.operate(peer, word, { actor: 'olivia', ...args });
  const tell = (word: string, args: object = {}): Word => broker.operate(peer, word, args);
  const result = <Result = Item>(word: string, args: object = {}): Result => {
    const reply = isQuestion(word) ? tell(word, args) : ask(word, args);
    expect(reply).toMatchObject({ ok: true });
    return reply['result'] as Result;
  };
  const refusal = (word: string, args: object = {}): unknown =>
    ((isQuestion(word) ? tell(word, args) : ask(word, args))['error'] as Item | undefined)?.['code'];
  const items = (word: string, args: object = {}): readonly Item[] => result<{ items: Item[] }>(word, args).items;
  return { broker, peer, ask, result, refusal, items };
}

const isQuestion = (word: string): boolean => /\.(list|inspect|groups|show|status)$/.test(word);

/** A queue that gives each message one chance, and a consumer that has it. */
function withQueue(broker: EngineFixture, result: (word: string, args: object) => unknown, queue: string): MemoryPeer {
  result('queues.declare', { queue, patterns: [`${queue}.>`], attempts_max: 1 });
  const consumer = broker.router.connect();
  broker.say(consumer, { type: 'hello' });
  broker.say(consumer, {
    type: 'consumer.register',
    consumer_id: `worker-${queue}`,
    queue,
    window: { messages: 1_024 },
  });
  return consumer;
}

function publish(broker: EngineFixture, topic: string, ids: readonly string[]): void {
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello', versions: [2], producer: true });
  for (let at = 0; at < ids.length; at += 100) {
    const some = ids.slice(at, at + 100);
    const blocks = some.map((messageId) => encodeBlock({ topic, messageId, body: new TextEncoder().encode('body') }));
    peer.send(encodePublish(at + 1, some.length, blocks));
  }
  broker.settle();
}

function nackAll(broker: EngineFixture, consumer: MemoryPeer, reason = 'no stock'): void {
  for (let given = deliveries(consumer); given.length > 0; given = deliveries(consumer)) {
    for (const { meta } of given) {
      consumer.send(
        '_control',
        JSON.stringify({ type: 'nack', delivery_id: meta['delivery_id'], status: 'terminal', reason }),
      );
    }
    broker.settle();
  }
}

async function withLetters(ids: readonly string[], queue = 'orders') {
  const operator = await anOperator();
  const consumer = withQueue(operator.broker, operator.result, queue);
  publish(operator.broker, `${queue}.created`, ids);
  nackAll(operator.broker, consumer);
  return { ...operator, consumer };
}

const restated = { target_consumer: 'worker-orders', target_topic: 'orders.created', confirm: 'REPLAY' };

describe('a replay', () => {
  it('returns the message to its queue as if it had never been tried, and its story goes on', async () => {
    const { broker, result, items, consumer } = await withLetters(['m1', 'm2']);
    expect(result('dlq.replay', { ids: ['m1'], ...restated, reason: 'customer approved' })).toEqual({
      requested: 1,
      replayed: 1,
      failed: 0,
      failures: [],
      dry_run: false,
    });
    expect(items('dlq.list').map(({ message_id }) => message_id)).toEqual(['m2']);
    const [again] = deliveries(consumer);
    expect(again).toMatchObject({ topic: 'orders.created', meta: { attempt: 1 } });
    consumer.send(
      '_control',
      JSON.stringify({ type: 'nack', delivery_id: again?.meta['delivery_id'], status: 'terminal' }),
    );
    broker.settle();
    expect(result('dlq.inspect', { id: 'm1' })).toMatchObject({
      consumer_id: 'worker-orders',
      attempt: 1,
      replay_count: 1,
      last_replay_target: 'orders',
      history: [
        { consumer_id: 'worker-orders', reason: 'no stock' },
        { cause: 'redriven', consumer_id: 'olivia', reason: 'customer approved' },
        { consumer_id: 'worker-orders' },
      ],
    });
  });

  it.each([
    ['another consumer', { target_consumer: 'worker-2' }, 'TARGET_MISMATCH'],
    ['another topic', { target_topic: 'orders.paid' }, 'TARGET_MISMATCH'],
    ['an id that nobody has', { ids: ['none'] }, 'DEAD_LETTER_NOT_FOUND'],
  ])('restated to %s moves nothing and says so for the record', async (_what, wrong, code) => {
    const { result, items } = await withLetters(['m1']);
    const answer = result('dlq.replay', { ids: ['m1'], ...restated, ...wrong });
    expect(answer).toMatchObject({ requested: 1, replayed: 0, failed: 1, failures: [{ code }] });
    expect(items('dlq.list')).toHaveLength(1);
    expect(items('audit.list', { operation: 'replay_dead_letter' })).toMatchObject([
      { outcome: code, target_message_ids: [(wrong as { ids?: string[] }).ids?.[0] ?? 'm1'] },
    ]);
  });

  it("takes the queue's name for the consumer's", async () => {
    const { result } = await withLetters(['m1']);
    expect(result('dlq.replay', { ids: ['m1'], ...restated, target_consumer: 'orders' })).toMatchObject({
      replayed: 1,
    });
  });

  it('to another queue, on purpose, makes new messages there that carry the story', async () => {
    const { broker, result, refusal, items } = await withLetters(['m1']);
    expect(refusal('dlq.replay', { ids: ['m1'], to_queue: 'repairs', confirm: 'REPLAY' })).toBe('QUEUE_NOT_FOUND');
    result('queues.declare', { queue: 'repairs', attempts_max: 1 });
    expect(result('dlq.replay', { ids: ['m1'], to_queue: 'repairs', confirm: 'REPLAY' })).toMatchObject({
      replayed: 1,
    });
    expect(items('dlq.list')).toEqual([]);
    const consumer = withQueue(broker, () => undefined, 'repairs');
    const [given] = deliveries(consumer);
    expect(given).toMatchObject({ topic: 'orders.created', meta: { attempt: 1 } });
    consumer.send(
      '_control',
      JSON.stringify({ type: 'nack', delivery_id: given?.meta['delivery_id'], status: 'terminal' }),
    );
    broker.settle();
    expect(result('dlq.inspect', { id: 'm1' })).toMatchObject({
      queue: 'repairs',
      replay_count: 1,
      history: [{ reason: 'no stock' }, { cause: 'redriven' }, { consumer_id: 'worker-repairs' }],
    });
  });

  it.each([
    ['without the word', { ids: ['m1'], target_consumer: 'c', target_topic: 't' }, 'CONFIRMATION_REQUIRED'],
    ['of nothing in particular', restated, 'SELECTOR_REQUIRED'],
    ['without a target', { ids: ['m1'], confirm: 'REPLAY' }, 'TARGET_REQUIRED'],
    ['to no name of a queue', { ids: ['m1'], confirm: 'REPLAY', to_queue: '\u0000' }, 'INVALID_NAME'],
    ['of too many ids', { ...restated, ids: Array.from({ length: 10_001 }, () => 'm') }, 'TOO_MANY_ITEMS'],
  ])('%s is refused, changes nothing, and is on record', async (_what, args, code) => {
    const { broker, refusal, items } = await withLetters(['m1']);
    const { changes } = broker.journal;
    expect(refusal('dlq.replay', args)).toBe(code);
    expect(broker.journal.changes).toBe(changes);
    expect(items('audit.list', { operation: 'replay_dead_letter' })).toMatchObject([
      { outcome: code, actor: 'olivia' },
    ]);
  });

  it('moves nothing when it is dry, and tells what it would', async () => {
    const { broker, result } = await withLetters(['m1', 'm2']);
    const { changes } = broker.journal;
    const dry = { queue: 'orders', ...restated, confirm: '', dry_run: true };
    const group = { count: 2, cause: 'nack_terminal', reason: 'no stock', topic: 'orders.created', queue: 'orders' };
    const told = { requested: 2, replayed: 2, dry_run: true, groups: [group], groups_total: 1 };
    expect(result('dlq.replay', dry)).toMatchObject(told);
    expect(result('dlq.replay', { ...dry, target_topic: 'orders.paid' })).toMatchObject({ replayed: 0, groups: [] });
    expect(broker.journal.changes).toBe(changes);
  });
});

describe('an id of several records', () => {
  it('is ambiguous until queue or sequence narrows it', async () => {
    const { result, refusal, items } = await withLetters(['twice', 'twice']);
    expect(refusal('dlq.inspect', { id: 'twice' })).toBe('AMBIGUOUS_ID');
    expect(result('dlq.purge', { ids: ['twice'], confirm: 'PURGE' })).toMatchObject({
      purged: 0,
      failed: 2,
      failures: [{ code: 'AMBIGUOUS_ID' }, { code: 'AMBIGUOUS_ID' }],
    });
    const sequence = items('dlq.list')[0]?.['sequence'];
    expect(result('dlq.purge', { ids: ['twice'], sequence, confirm: 'PURGE' })).toMatchObject({ purged: 1, failed: 0 });
    expect(result('dlq.inspect', { id: 'twice' })).toMatchObject({ queue: 'orders' });
  });
});

describe('a purge', () => {
  it('needs ids, a filter, or "all"', async () => {
    const { result, refusal, items } = await withLetters(['m1', 'm2', 'm3']);
    expect(refusal('dlq.purge', { confirm: 'PURGE' })).toBe('SELECTOR_REQUIRED');
    expect(refusal('dlq.purge', { ids: ['m1'], confirm: 'purge' })).toBe('CONFIRMATION_REQUIRED');
    expect(result('dlq.purge', { ids: ['m1'], confirm: 'PURGE' })).toMatchObject({ requested: 1, purged: 1 });
    expect(result('dlq.purge', { record_reason: 'other', confirm: 'PURGE' })).toMatchObject({
      requested: 0,
      purged: 0,
    });
    expect(result('dlq.purge', { all: true, confirm: 'PURGE' })).toMatchObject({ requested: 2, purged: 2 });
    expect(items('dlq.list')).toEqual([]);
  });
});

describe('on a full disk', () => {
  it('requests take nothing of what is booked for settlements, and work while there is more', async () => {
    const { broker, result, refusal, items } = await withLetters(['m1', 'm2']);
    broker.journal.setRoom(0, 32 * 1024);
    expect(refusal('dlq.replay', { ids: ['m1'], ...restated })).toBe('STORAGE_FULL');
    expect(refusal('dlq.purge', { ids: ['m1'], confirm: 'PURGE' })).toBe('STORAGE_FULL');
    expect(items('dlq.list')).toHaveLength(2);
    broker.journal.setRoom(0, 1024 * 1024);
    expect(result('dlq.purge', { ids: ['m1'], confirm: 'PURGE' })).toMatchObject({ purged: 1 });
  });
});

describe('a dead letter by hand', () => {
  it('declares the queue of its consumer, and is one like any other', async () => {
    const { result, items } = await anOperator();
    expect(
      result('dlq.dead_letter', {
        id: 'm9',
        topic: 'orders.created',
        consumer: 'worker-1',
        payload: btoa('raw'),
        priority: 'high',
        reason: 'manual quarantine',
      }),
    ).toMatchObject({ message_id: 'm9', queue: 'worker-1', reason: 'manual_admin_action' });
    expect(result('dlq.inspect', { id: 'm9' })).toMatchObject({
      consumer_id: 'worker-1',
      topic: 'orders.created',
      payload: btoa('raw'),
      priority: 'high',
      cause: 'manual',
    });
    const order = { target_consumer: 'worker-1', target_topic: 'orders.created', confirm: 'REPLAY' };
    expect(result('dlq.replay', { ids: ['m9'], ...order })).toMatchObject({ replayed: 1 });
    expect(items('audit.list').map(({ operation }) => operation)).toEqual(['manual_dead_letter', 'replay_dead_letter']);
  });

  it.each([
    [{ topic: 'a' }, 'INVALID_ARGUMENT'],
    [{ id: 'm', topic: 'a b' }, 'INVALID_TOPIC'],
    [{ id: 'm', topic: 'a', payload: '%' }, 'INVALID_ARGUMENT'],
    [{ id: '', topic: 'a' }, 'INVALID_ARGUMENT'],
    [{ id: 'm'.repeat(2_000), topic: 'a' }, 'INVALID_ARGUMENT'],
    [{ id: 'm', topic: 'a', priority: 'p'.repeat(70_000) }, 'FRAME_TOO_LARGE'],
  ])('that is not one is refused with its code: %#', async (args, code) => {
    const { refusal } = await anOperator();
    expect(refusal('dlq.dead_letter', args)).toBe(code);
  });
});

describe('what operators find', () => {
  it('is what all of a filter fits', async () => {
    const { broker, result, items } = await withLetters(['m1', 'm2']);
    const other = withQueue(broker, result, 'refunds');
    publish(broker, 'refunds.asked', ['r1']);
    nackAll(broker, other, 'closed');
    const ids = (args: object): unknown[] => items('dlq.list', args).map(({ message_id }) => message_id);
    expect(ids({})).toEqual(['m1', 'm2', 'r1']);
    expect(ids({ consumer: 'worker-refunds' })).toEqual(['r1']);
    expect(ids({ topic: 'orders.created' })).toEqual(['m1', 'm2']);
    expect(ids({ record_reason: 'closed', queue: 'refunds' })).toEqual(['r1']);
    expect(ids({ record_reason: 'closed', queue: 'orders' })).toEqual([]);
    expect(ids({ ids: ['m2', 'r1'] })).toEqual(['m2', 'r1']);
    const groups = items('dlq.groups');
    expect(groups).toMatchObject([
      { queue: 'orders', reason: 'no stock', count: 2, sample_id: 'm1' },
      { queue: 'refunds', count: 1 },
    ]);
    expect(ids({ fingerprint: groups[1]?.['fingerprint'] })).toEqual(['r1']);
  });

  it.each([
    ['dlq.list', { topic: 'orders.created', body_bytes: -1 }],
    ['dlq.list', { body_bytes: 1e9 }],
    ['dlq.inspect', { id: 'm1', body_bytes: 'x' }],
    ['dlq.inspect', { id: 5 }],
    ['dlq.groups', { sequence: 0 }],
    ['audit.list', { start: 'yesterday' }],
    ['audit.list', { after: '-1' }],
    ['jobs.show', { job: 0 }],
  ])('%s %j is refused, and the broker goes on', async (word, args) => {
    const { refusal, items } = await withLetters(['m1']);
    expect(refusal(word, args)).toBe('INVALID_ARGUMENT');
    expect(items('dlq.list')).toHaveLength(1);
  });

  it('comes in pages that leave none out', async () => {
    const { result } = await withLetters(Array.from({ length: 250 }, (_none, index) => `m${index}`));
    const seen: unknown[] = [];
    for (let after: unknown = null; ; ) {
      const page = result<{ items: Item[]; next: string | null }>('dlq.list', {
        topic: 'orders.created',
        limit: 90,
        after,
      });
      seen.push(...page.items.map(({ message_id }) => message_id));
      if (page.next === null) break;
      after = page.next;
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_none, index) => `m${index}`));
  });
});

describe('a request on more than a thousand', () => {
  const ids = Array.from({ length: 2_500 }, (_none, index) => `m${index}`);

  it('is a job that is answered at once and goes on step by step', async () => {
    const { broker, result, items } = await withLetters(ids);
    const answer = result('dlq.purge', { queue: 'orders', confirm: 'PURGE', reason: 'clean-up' });
    expect(answer).toMatchObject({ requested: 2_500, purged: 0, job: 1, total: 2_500 });
    broker.advance(1_000);
    expect(result('jobs.show', { job: 1 })).toMatchObject({ state: 'done', total: 2_500, done: 2_500, failed: 0 });
    expect(items('dlq.list')).toEqual([]);
    const lines = items('audit.list', { operation: 'purge_dead_letter' });
    expect(lines.length).toBeGreaterThanOrEqual(10);
    expect(lines.flatMap((line) => line['target_message_ids'])).toHaveLength(2_500);
  });

  it('keeps its rate, and stops when it is cancelled', async () => {
    const { broker, result, refusal } = await withLetters(ids);
    result('dlq.purge', { queue: 'orders', confirm: 'PURGE', rate_per_second: 100 });
    broker.advance(5_000);
    const { done } = result<{ done: number }>('jobs.show', { job: 1 });
    expect(done).toBeGreaterThan(300);
    expect(done).toBeLessThanOrEqual(550);
    expect(result('jobs.cancel', { job: 1 })).toMatchObject({ state: 'cancelled' });
    broker.advance(10_000);
    expect(result<{ done: number }>('jobs.show', { job: 1 }).done).toBeLessThanOrEqual(done + 25);
    expect(refusal('jobs.cancel', { job: 1 })).toBe('INVALID_ARGUMENT');
    expect(refusal('jobs.cancel', { job: 2 })).toBe('JOB_NOT_FOUND');
  });
});
