// The operators' words through the real broker: each argument, each page, and that every reply is one readable message.

import { describe, expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { REASON_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { anEngine, deliveries, type EngineFixture, type Word } from '../../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../../testing/fixtures/memory-transport.ts';

interface Page {
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
}

async function anOperator(setup: Parameters<typeof anEngine>[0] = {}) {
  const broker = await anEngine(setup);
  const operator = broker.admin.connect();
  const ask = (word: string, args: object = {}): Word => broker.operate(operator, word, args);
  const result = <Result = Record<string, unknown>>(word: string, args: object = {}): Result => {
    const reply = ask(word, args);
    expect(reply).toMatchObject({ ok: true });
    return reply['result'] as Result;
  };
  return { broker, operator, ask, result };
}

/** Every item of a list, page by page; each page is read by `wordOf`, which refuses what no client could read. */
function all(result: (word: string, args: object) => Page, word: string, args: object): Page['items'] {
  const items: Record<string, unknown>[] = [];
  let after: string | null = null;
  do {
    const page: Page = result(word, { ...args, ...(after === null ? {} : { after }) });
    expect(page.items.length).toBeGreaterThan(0);
    items.push(...page.items);
    after = page.next;
  } while (after !== null);
  return items;
}

function publish(
  broker: EngineFixture,
  count: number,
  over: Partial<Parameters<typeof encodeBlock>[0]> = {},
): MemoryPeer {
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello', versions: [2], producer: true });
  const block = encodeBlock({ topic: 'a', body: new TextEncoder().encode('body'), ...over });
  for (let i = 1; i <= count; i += 100) {
    const some = Math.min(100, count - i + 1);
    peer.send(
      encodePublish(
        i,
        some,
        Array.from({ length: some }, () => block),
      ),
    );
  }
  broker.settle();
  return peer;
}

describe("an operator's word", () => {
  it.each([
    ['nonsense', {}, 'UNKNOWN_CONTROL'],
    ['toString', {}, 'UNKNOWN_CONTROL'],
    ['status', { x: 1 }, 'INVALID_ARGUMENT'],
    ['status', [], 'INVALID_ARGUMENT'],
    ['queues.list', { limit: 0 }, 'INVALID_ARGUMENT'],
    ['queues.list', { limit: 501 }, 'INVALID_ARGUMENT'],
    ['queues.list', { after: 'x' }, 'INVALID_ARGUMENT'],
    ['queues.list', { after: 5 }, 'INVALID_ARGUMENT'],
    ['routes.list', { after: '-1' }, 'INVALID_ARGUMENT'],
    ['sessions.list', { after: '1e3' }, 'INVALID_ARGUMENT'],
    ['dlq.list', { after: '5' }, 'INVALID_ARGUMENT'],
    ['dlq.list', { queue: 'none' }, 'QUEUE_NOT_FOUND'],
    ['queues.show', {}, 'INVALID_ARGUMENT'],
    ['queues.show', { queue: 'none' }, 'QUEUE_NOT_FOUND'],
    ['queues.browse', { queue: 'q', body_bytes: -1 }, 'INVALID_ARGUMENT'],
    ['queues.browse', { queue: 'q', body_bytes: 1e9 }, 'INVALID_ARGUMENT'],
    ['queues.declare', { queue: 'x', lease_ms: 99 }, 'INVALID_ARGUMENT'],
    ['queues.declare', { queue: 'x', attempts_max: 1.5 }, 'INVALID_ARGUMENT'],
    ['queues.declare', { queue: 'x', backoff_factor: 'two' }, 'INVALID_ARGUMENT'],
    ['queues.declare', { queue: 'x', patterns: 'a' }, 'INVALID_ARGUMENT'],
    ['queues.declare', { queue: '' }, 'INVALID_NAME'],
    ['queues.declare', { queue: 'q', lease_ms: 7_777 }, 'QUEUE_EXISTS'],
    ['queues.bind', { queue: 'q' }, 'INVALID_ARGUMENT'],
    ['queues.bind', { queue: 'q', patterns: ['a.>.b'] }, 'INVALID_PATTERN'],
    ['queues.bind', { queue: 'none', patterns: ['a'] }, 'QUEUE_NOT_FOUND'],
    ['queues.purge', { queue: 'q' }, 'CONFIRMATION_REQUIRED'],
    ['queues.purge', { queue: 'q', confirm: 'purge' }, 'CONFIRMATION_REQUIRED'],
    ['queues.delete', { queue: 'q', force: 'yes' }, 'INVALID_ARGUMENT'],
    ['routes.add', { pattern: 'a', destination_id: 'q', route_type: 'magic' }, 'INVALID_ARGUMENT'],
    ['routes.add', { pattern: 'a', destination_id: 'q', metadata: { a: 1 } }, 'INVALID_ARGUMENT'],
    ['routes.add', { pattern: 'a', destination_id: 'q', metadata: { a: 'x'.repeat(5_000) } }, 'INVALID_ARGUMENT'],
    ['routes.remove', { pattern: 'none' }, 'ROUTE_NOT_FOUND'],
    ['import.dlq', {}, 'INVALID_ARGUMENT'],
  ])('%s %j is refused with %s, and changes nothing', async (word, args, code) => {
    const { broker, ask, result } = await anOperator();
    result('queues.declare', { queue: 'q', patterns: ['a'] });
    const { changes } = broker.journal;
    expect(ask(word, args)).toMatchObject({ ok: false, error: { code } });
    expect(broker.journal.changes).toBe(changes);
  });

  it('is answered when what it changed is durable', async () => {
    const { broker, operator, result } = await anOperator();
    broker.syncs = false;
    const request = { type: 'admin.request', id: 3, word: 'queues.declare', args: { queue: 'q', actor: 'olivia' } };
    expect(broker.say(operator, request)).toEqual([]);
    broker.syncs = true;
    broker.settle();
    expect(operator.take()).toHaveLength(1);
    expect(result('queues.show', { queue: 'q' })).toMatchObject({ queue: 'q', origin: 'operator' });
  });

  it('is not spoken on the public endpoint', async () => {
    const { broker } = await anOperator();
    for (const word of ['status', 'queues.declare', 'queues.purge', 'import.dlq']) {
      const replies = broker.say(broker.router.connect(), { type: 'admin.request', id: 4, word, args: { queue: 'q' } });
      expect(replies).toMatchObject([{ type: 'error', code: 'NOT_ALLOWED_HERE', request: 4 }]);
    }
    expect(broker.engine.state.queues.size).toBe(0);
  });
});

describe('status', () => {
  it('tells what was refused, by code, over both endpoints', async () => {
    const { broker, ask, result } = await anOperator();
    const peer = broker.router.connect();
    broker.ask(peer, 'one frame');
    broker.ask(peer, 'a b', 'x');
    broker.ask(peer, 'c d', 'x');
    broker.ask(peer, 'nowhere', 'x');
    ask('queues.show', { queue: 'none' });
    expect(result('status')).toMatchObject({
      version: 'test',
      refused_input: { MALFORMED_FRAMES: 1, INVALID_TOPIC: 2, UNROUTABLE: 1 },
      wire: { peers: 2, slow_peers: 0, silent_peers: 0, dropped_replies: 0, lost_at_hand_over: 0 },
      counters: { unroutable: 1 },
    });
  });
});

describe('a list', () => {
  it('of 5,000 queues comes in pages, each of one message, none left out and none twice', async () => {
    const { broker, result } = await anOperator();
    const register = { type: 'consumer.register', subscriptions: [] as string[], consumer_id: '' };
    for (let i = 0; i < 5; i += 1) {
      const subscriptions = Array.from({ length: 1_000 }, (_, n) => `queue.${'x'.repeat(100)}.${i}.${n}`);
      broker.say(broker.router.connect(), { ...register, subscriptions, consumer_id: `c${i}` });
    }
    const names = all(result, 'queues.list', { limit: 500 }).map(({ queue }) => queue);
    expect([names.length, new Set(names).size]).toEqual([5_000, 5_000]);
    const patterns = all(result, 'routes.list', { limit: 500 }).map(({ pattern }) => pattern);
    expect(new Set(patterns).size).toBe(5_000);
    const [session] = all(result, 'sessions.list', {});
    expect(session).toMatchObject({ consumer_id: 'c0', live: true });
  });

  it('cuts what one item may hold: a queue of a thousand long patterns is one item of one page', async () => {
    const { result } = await anOperator();
    const patterns = Array.from({ length: 1_000 }, (_, n) => `${'"'.repeat(60)}.${'x'.repeat(100)}.${n}`);
    result('queues.declare', { queue: 'q', patterns });
    const [queue] = all(result, 'queues.list', {});
    expect(queue).toMatchObject({ queue: 'q', patterns_total: 1_000 });
    const detail = result('queues.show', { queue: 'q' });
    expect(detail).toMatchObject({ routes_total: 1_000, sessions_total: 0 });
    expect((detail['routes'] as object[]).length).toBeGreaterThan(50);
  });

  it('of what was done answers even where the words of the answer would be too many', async () => {
    const { broker, operator } = await anOperator();
    const patterns = Array.from({ length: 1_000 }, (_, n) => `${'é'.repeat(120)}.${n}`);
    const args = JSON.stringify({
      type: 'admin.request',
      id: 1,
      word: 'queues.declare',
      args: { queue: 'q', patterns },
    });
    expect(new TextEncoder().encode(args).length).toBeLessThan(262_144);
    const [reply] = broker.ask(operator, '_control', new TextEncoder().encode(args));
    expect(reply).toMatchObject({ type: 'admin.reply', ok: true });
    expect(broker.engine.state.routes.size).toBe(1_000);
  });
});

describe('browse', () => {
  it('shows messages in order and in pages, and consumes nothing', async () => {
    const { broker, result } = await anOperator();
    result('queues.declare', { queue: 'q', patterns: ['a'] });
    publish(broker, 250, { messageId: 'm', attributes: { source: 's' } });
    const items = all(result, 'queues.browse', { queue: 'q', limit: 70 });
    expect(items).toHaveLength(250);
    expect(items[0]).toMatchObject({
      status: 'ready',
      deliveries: 0,
      failed_deliveries: 0,
      topic: 'a',
      body_bytes: 4,
      payload: btoa('body'),
      attributes: { source: 's' },
    });
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'hello' });
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', queue: 'q', window: { messages: 250 } });
    expect(deliveries(consumer)).toHaveLength(250);
    expect(result<Page>('queues.browse', { queue: 'q', limit: 1 }).items).toMatchObject([
      { status: 'leased', deliveries: 1, failed_deliveries: 0 },
    ]);
  });

  it('reads bodies that are no longer in memory', async () => {
    const { broker, result } = await anOperator();
    result('queues.declare', { queue: 'q', patterns: ['a'] });
    publish(broker, 10);
    broker.journal.forgottenThrough = broker.journal.last;
    expect(all(result, 'queues.browse', { queue: 'q' })).toHaveLength(10);
    broker.journal.damaged.add(broker.journal.last);
    const operator = broker.admin.connect();
    const reply = broker.operate(operator, 'queues.browse', { queue: 'q', limit: 3 });
    expect(reply).toMatchObject({ ok: true });
  });

  it('cuts bodies and leaves out attributes that are too large for a page, and says so', async () => {
    const { broker, result } = await anOperator();
    result('queues.declare', { queue: 'q', patterns: ['a'] });
    const headers = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`header-${i}`, '"'.repeat(40)]));
    publish(broker, 20, { body: new Uint8Array(500_000), attributes: { headers } });
    publish(broker, 60, { attributes: { source: 's'.repeat(10_000) } });
    const items = all(result, 'queues.browse', { queue: 'q', body_bytes: 80_000 });
    expect(items).toHaveLength(80);
    expect(items[0]).toMatchObject({ body_bytes: 500_000, truncated: true, attributes: {}, attributes_omitted: true });
    expect(items[79]).toMatchObject({ attributes: { source: 's'.repeat(10_000) } });
  });
});

describe('dlq.list', () => {
  async function withDeadLetters(count: number, attemptsMax: number) {
    const operator = await anOperator();
    const { broker, result } = operator;
    for (const queue of ['p', 'q']) {
      result('queues.declare', {
        queue,
        patterns: ['a'],
        attempts_max: attemptsMax,
        backoff_initial_ms: 0,
        backoff_max_ms: 0,
      });
      const consumer = broker.router.connect();
      broker.say(consumer, { type: 'hello' });
      broker.say(consumer, { type: 'consumer.register', consumer_id: `worker-${queue}`, queue });
      if (queue === 'q') publish(broker, count, { messageId: 'm1', attributes: { priority: 'high' } });
    }
    return operator;
  }

  function failAll(broker: EngineFixture, reason: string): void {
    for (let round = 0; round < 400; round += 1) {
      const leases = [...broker.engine.state.leases.all()];
      if (leases.length === 0 && broker.engine.state.retries.size === 0) return;
      for (const { session, delivery } of leases) {
        broker.engine.submit([
          {
            type: 'nack',
            peer: session.peer as never,
            items: [{ delivery, status: 'retryable', reason, delayMs: null }],
            request: null,
          },
        ]);
      }
      broker.advance(10);
    }
  }

  it('carries the earlier fields and the whole story, by queue or over all', async () => {
    const { broker, result } = await withDeadLetters(3, 2);
    failAll(broker, 'no stock');
    expect(all(result, 'dlq.list', { limit: 2 })).toHaveLength(6);
    const [letter, ...more] = all(result, 'dlq.list', { queue: 'q' });
    expect(more).toHaveLength(2);
    expect(letter).toMatchObject({
      queue: 'q',
      message_id: 'm1',
      consumer_id: 'worker-q',
      tenant_id: '',
      topic: 'a',
      payload: btoa('body'),
      priority: 'high',
      attempt: 2,
      deliveries: 2,
      failed_deliveries: 2,
      returned: 0,
      reason: 'no stock',
      history_total: 2,
      history: [
        { attempt: 1, consumer_id: 'worker-q', reason: 'no stock', cause: 'nack_retryable' },
        { attempt: 2, consumer_id: 'worker-q', reason: 'no stock' },
      ],
    });
    expect(letter?.['dead_lettered_at']).toMatch(/^\d{4}-.*Z$/);
    expect(letter?.['enqueue_sequence']).toBeGreaterThan(0);
  });

  it('tells deliveries and failed ones apart, whatever the end was', async () => {
    const { broker, result } = await anOperator();
    const counts = (queue: string) =>
      all(result, 'dlq.list', { queue }).map(
        ({ deliveries: handed, failed_deliveries: failed, returned, attempt }) => ({
          handed,
          failed,
          returned,
          attempt,
        }),
      );
    for (const [queue, returnsMax] of [
      ['returned', 1],
      ['failed', 9],
    ] as const) {
      result('queues.declare', {
        queue,
        patterns: [queue],
        returns_max: returnsMax,
        backoff_initial_ms: 0,
        backoff_max_ms: 0,
      });
      const consumer = broker.router.connect();
      broker.say(consumer, { type: 'hello' });
      broker.say(consumer, { type: 'consumer.register', consumer_id: queue, queue });
      broker.router.connect().send(queue, 'body');
      broker.settle();
      for (const status of ['returned', queue === 'failed' ? 'retryable' : 'returned', 'terminal']) {
        const [given] = deliveries(consumer);
        if (given !== undefined) broker.say(consumer, { type: 'nack', delivery_id: given.meta['delivery_id'], status });
        broker.advance(10);
      }
    }
    expect(counts('failed')).toEqual([{ handed: 3, failed: 2, returned: 1, attempt: 2 }]);
    expect(counts('returned')).toEqual([{ handed: 2, failed: 0, returned: 1, attempt: 0 }]);
  });

  it('stays readable however often a message has failed', async () => {
    const { broker, result } = await withDeadLetters(40, 60);
    failAll(broker, '\u0001'.repeat(REASON_BYTES_MAX));
    const letters = all(result, 'dlq.list', { queue: 'q' });
    expect(letters).toHaveLength(40);
    expect(letters[0]).toMatchObject({ attempt: 60, history_total: 60 });
    expect(((letters[0]?.['history'] ?? []) as object[]).at(-1)).toMatchObject({ attempt: 60 });
  });
});
