// What a scrape costs and shows with very many queues: one look at each, a bounded list, and sums that add up.

import { describe, expect, it, vi } from 'vitest';
import { EntryTable } from '../../domain/entry-table.ts';
import { evolve } from '../../domain/evolve.ts';
import { asPosition, asQueueId, asSequence, NO_PRODUCER } from '../../domain/ids.ts';
import { DEFAULT_LIMITS } from '../../domain/limits.ts';
import { Queue } from '../../domain/queue.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { State } from '../../domain/state.ts';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import { aBroker, peer, publish, register } from '../../testing/fixtures/a-broker.ts';
import { type Figures, OTHER, type Tally, tally } from './tally.ts';

const QUEUES = 10_000;

/** Queue `q<n>` holds n % 7 messages while n is below 70. */
function manyQueues(): State {
  const state = new State(new RadixRouteIndex(), DEFAULT_LIMITS, DEFAULT_QUEUE_POLICY);
  const ledger = { retain: () => undefined, release: () => undefined };
  for (let n = 1; n <= QUEUES; n += 1) {
    const queue = asQueueId(n);
    const at = { position: asPosition(n), offset: 0 };
    const declared = { tenant: '', name: `q${n}`, policy: DEFAULT_QUEUE_POLICY, operator: null } as const;
    evolve(state, { type: 'queue-declared', queue, origin: 'operator', ...declared }, at, ledger);
    const lengths = Array.from({ length: n < 70 ? n % 7 : 0 }, () => 10);
    if (lengths.length === 0) continue;
    const numbers = { producer: NO_PRODUCER, firstProducerSequence: 0, firstSequence: asSequence(n * 10), atMs: 0 };
    const setOf = lengths.map(() => 0);
    evolve(state, { type: 'accepted', ...numbers, sets: [[queue]], setOf, lengths }, at, ledger);
  }
  return state;
}

/** The walk to its end. */
function tallied(state: State, nowMs: number, seriesMax: number): Tally {
  const steps = tally(state, nowMs, seriesMax);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const sumOf = (figures: readonly Figures[], of: (one: Figures) => number): number =>
  figures.reduce((sum, one) => sum + of(one), 0);

describe('a tally', () => {
  it('of 10,000 queues looks at each once and shows a bounded list that adds up', () => {
    const state = manyQueues();
    const looks = vi.spyOn(Queue.prototype, 'ready', 'get');
    const oldest = vi.spyOn(EntryTable.prototype, 'oldest');
    try {
      const counted = tallied(state, 0, 50);
      expect(looks).toHaveBeenCalledTimes(QUEUES);
      // The empty ones have no oldest message.
      expect(oldest).toHaveBeenCalledTimes(60);
      expect(counted.queues).toHaveLength(51);
      expect(counted.queues.slice(0, 10).map(({ depth }) => depth)).toEqual(Array(10).fill(6));
      expect(counted.queues.at(-1)).toMatchObject({ queue: OTHER, tenant: '', queues: QUEUES - 50 });
      for (const of of [(one: Figures) => one.depth, (one: Figures) => one.bytes, (one: Figures) => one.queues]) {
        expect(sumOf(counted.queues, of)).toBe(of(counted.total));
        expect(sumOf(counted.tenants, of)).toBe(of(counted.total));
      }
      expect(counted.total).toMatchObject({ queues: QUEUES, depth: 210, ready: 210 });
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('of very many queues goes in short steps, and takes what comes and goes between them', () => {
    const state = manyQueues();
    const looks = vi.spyOn(Queue.prototype, 'ready', 'get');
    try {
      const steps = tally(state, 0, 50);
      let taken = 0;
      for (let step = steps.next(); step.done !== true; step = steps.next()) {
        taken += 1;
        expect(looks.mock.calls.length).toBeLessThanOrEqual(256);
        looks.mockClear();
        const last = [...state.queues.keys()].at(-1);
        if (last !== undefined) state.queues.delete(last);
      }
      expect(taken).toBeGreaterThan(30);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('has no rest where every queue is shown', () => {
    const broker = aBroker();
    broker.declare('a', { patterns: ['a'] });
    expect(tallied(broker.state, 0, 1).queues.map(({ queue }) => queue)).toEqual(['a']);
  });

  it('counts a queue that is called like the rest with the rest, so that no series stands twice', () => {
    const broker = aBroker();
    for (const name of [OTHER, 'a', 'b']) broker.declare(name, { patterns: [name === OTHER ? 'o' : name] });
    broker.run(publish({ of: [{ topic: 'o' }, { topic: 'o' }, { topic: 'a' }] }));
    const { queues } = tallied(broker.state, 0, 1);
    expect(queues).toMatchObject([
      { queue: 'a', depth: 1 },
      { queue: OTHER, depth: 2, queues: 2 },
    ]);
  });

  it('tells the age of the oldest message, and how full the windows of consumers are', () => {
    const broker = aBroker();
    broker.declare('a', { patterns: ['a'] });
    broker.run(publish({ of: [{ topic: 'a' }] }));
    broker.run(register({ peer: peer(2), windowMessages: 4, queue: 'a' }));
    broker.advance(5_000);
    const nowMs = broker.nowMs;
    expect(tallied(broker.state, nowMs, 9).queues).toMatchObject([
      { queue: 'a', leased: 1, ready: 0, consumers: 1, inflight: 1, window: 4, oldestUnackedMs: 5_000 },
    ]);
    expect(tallied(broker.state, 0, 9).total.oldestUnackedMs).toBe(0);
  });
});
