// Counts by tenant add up to the core's own counters, whatever producers, consumers, operators and time do; and the labels
// are few and stay what they are.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../domain/command.ts';
import { asQueueId, asSequence, type DeliveryId, NO_PRODUCER, type PeerId } from '../../domain/ids.ts';
import { DEFAULT_LIMITS } from '../../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { type Counters, State } from '../../domain/state.ts';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import { ack, anOperatorRequest, nack, peer, publish, received, register } from '../../testing/fixtures/a-broker.ts';
import { HandJournal } from '../../testing/fixtures/hand-journal.ts';
import { Random } from '../../testing/sim/random.ts';
import { Broker } from '../../usecase/broker.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import { OTHER } from './tally.ts';
import { CountsByTenant, type TenantCount, type TenantCounts } from './tenant-counts.ts';
import { WatchedJournal } from './watched-journal.ts';

const TENANTS = ['', 'a', 'b', 'c', OTHER];

/** Each count and the counter of the process that it is a part of. */
const SAME: readonly (readonly [TenantCount, keyof Counters])[] = [
  ['published', 'published'],
  ['refused', 'refused'],
  ['dispatched', 'delivered'],
  ['acked', 'acked'],
  ['nacked', 'nacked'],
  ['retried', 'retried'],
  ['returned', 'returned'],
  ['timedOut', 'timedOut'],
  ['deadLettered', 'deadLettered'],
  ['redriven', 'redriven'],
  ['purged', 'purged'],
];

/** The core over a journal that is listened to. */
class CountedBroker {
  readonly state = new State(
    new RadixRouteIndex(),
    { ...DEFAULT_LIMITS, deadLetterAgeMs: 400_000, sessionGraceMs: 1_000 },
    DEFAULT_QUEUE_POLICY,
  );
  readonly counts: CountsByTenant;
  readonly held: { readonly peer: PeerId; readonly delivery: DeliveryId }[] = [];
  nowMs = 1_000_000;
  readonly #journal = new HandJournal();
  readonly #broker: Broker;
  readonly #before = new Map<string, TenantCounts>();

  constructor(tenantsMax: number) {
    this.counts = new CountsByTenant({ state: () => this.state, tenantsMax });
    this.state.refusalListeners.push((refused) => this.counts.refused(refused));
    const listener = { added: this.counts.added.bind(this.counts), committed: () => undefined };
    this.#broker = new Broker({
      state: this.state,
      journal: new WatchedJournal(this.#journal, listener),
      chance: new Random(1),
      observe: ({ type }) => {
        throw new Error(`the broker observed ${type}`);
      },
      readCacheBytes: 1_000_000,
      readChunkBytes: 10_000,
      wake: () => undefined,
    });
    this.run({ type: 'start' });
  }

  run(...commands: Command[]): Outgoing[] {
    const leaving = this.#broker.turn(commands, this.nowMs);
    for (let round = 0; round < 6; round += 1) {
      this.#journal.sync();
      this.#journal.completeReads();
      leaving.push(...this.#broker.turn([], this.nowMs));
    }
    for (const { peer: to, delivery } of received(leaving)) if (delivery > 0) this.held.push({ peer: to, delivery });
    return leaving;
  }

  /** What the invariant says, now. */
  check(): void {
    const all = this.counts.read();
    for (const [count, counter] of SAME) {
      const sum = all.reduce((total, one) => total + one[count], 0);
      expect({ count, sum }).toEqual({ count, sum: this.state.counters[counter] });
    }
    for (const one of all) {
      const before = this.#before.get(one.tenant);
      for (const [count] of SAME) expect(one[count]).toBeGreaterThanOrEqual(before?.[count] ?? 0);
      this.#before.set(one.tenant, { ...one });
    }
    // Whoever had a series has it still.
    expect([...this.#before.keys()].sort()).toEqual(all.map(({ tenant }) => tenant).sort());
  }
}

const policy = { leaseMs: 30_000, attemptsMax: 2, returnsMax: 2, backoffInitialMs: 0, backoffMaxMs: 0 };

type Step = readonly [what: number, tenant: number, n: number];

function act(broker: CountedBroker, [what, which, n]: Step): void {
  const tenant = TENANTS[which] ?? '';
  const request = anOperatorRequest();
  const consumer = peer(10 + which * 3 + (n % 3));
  const queue = broker.state.queueNamed(tenant, 'q');
  const dead = [...(queue?.dead.keys() ?? [])].slice(0, n);
  const targets = dead.map((sequence) => ({ queue: asQueueId(queue?.id ?? 0), sequence, messageId: `m${sequence}` }));
  const step = {
    type: 'purge-dead-letters',
    operator: request.operator,
    step: 1,
    job: null,
    unfit: null,
    targets,
  } as const;
  const one = broker.held.shift();
  switch (what) {
    case 0:
      return void broker.run({ type: 'declare-queue', request, tenant, name: 'q', patterns: ['t'], policy });
    case 1:
    case 2:
      return void broker.run(
        publish({ tenant, of: Array.from({ length: n + 1 }, () => ({ topic: 't', mode: 'direct' })) }),
      );
    case 3:
      return void broker.run(
        publish({
          tenant,
          of: [{ topic: 'nowhere' }, { topic: 't', fault: { code: 'INVALID_ARGUMENT', detail: '' } }],
        }),
      );
    case 4: {
      const acks = n !== 0;
      return void broker.run(
        register({ peer: consumer, tenant, consumer: `c${n % 3}`, queue: 'q', subscriptions: ['t'], acks }),
      );
    }
    case 5:
    case 6:
      return void (one && broker.run(ack(one.peer, [one.delivery])));
    case 7:
    case 8: {
      const word = (['retryable', 'terminal', 'returned'] as const)[n % 3] ?? 'retryable';
      return void (one && broker.run(nack(one.peer, one.delivery, word)));
    }
    case 9:
      broker.nowMs += 31_000 * (n + 1);
      return void broker.run({ type: 'tick' });
    case 10:
      return void broker.run({ type: 'peer-gone', peer: consumer, cause: 'gone' });
    case 11:
      return void broker.run({ type: 'purge-queue', request, tenant, name: 'q' });
    case 12:
      return void broker.run(step);
    case 13:
      return void broker.run({ ...step, type: 'replay-dead-letters', into: null });
    case 14: {
      const block = new Uint8Array(5);
      const into = { tenant, queueName: 'q', blocks: targets.map(() => block) };
      return void broker.run({ ...step, type: 'replay-dead-letters', into });
    }
    default: {
      const block = new Uint8Array(3);
      const names = { queueName: 'q', messageId: 'm', reason: 'by hand', result: {} };
      return void broker.run({ type: 'add-dead-letter', request, tenant, block, ...names });
    }
  }
}

const steps = fc.array(fc.tuple(fc.nat(15), fc.nat(TENANTS.length - 1), fc.nat(4)), { minLength: 30, maxLength: 120 });

describe('counts by tenant', () => {
  it('add up to the counters of the process, and never go down, whatever happens', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (acts, tenantsMax) => {
        const broker = new CountedBroker(tenantsMax);
        for (const tenant of TENANTS.keys()) act(broker, [0, tenant, 0]);
        for (const one of acts) {
          act(broker, one);
          broker.check();
        }
        expect(broker.counts.read().length).toBeLessThanOrEqual(tenantsMax + 1);
        for (const [count, counter] of SAME) if (broker.state.counters[counter] > 0) reached.add(count);
      }),
      { numRuns: 60, seed: 7 },
    );
    // Otherwise nothing was compared.
    expect([...reached].sort()).toEqual(SAME.map(([count]) => count).sort());
  });

  it('are the first tenants’ own, and one sum of all others, also of one that is called like it', () => {
    const broker = new CountedBroker(2);
    for (const tenant of TENANTS.keys()) act(broker, [0, tenant, 0]);
    for (const tenant of [4, 1, 2, 3, 0]) act(broker, [1, tenant, 0]);
    expect(broker.counts.read().map(({ tenant, published }) => [tenant, published])).toEqual([
      ['a', 1],
      ['b', 1],
      [OTHER, 3],
    ]);
  });

  it('cannot be used up by publishes that are refused', () => {
    const broker = new CountedBroker(2);
    for (let n = 0; n < 50; n += 1) broker.run(publish({ tenant: `stranger-${n}`, of: ['x'] }));
    act(broker, [0, 1, 0]);
    act(broker, [1, 1, 0]);
    broker.run(publish({ tenant: 'a', of: ['nowhere'] }));
    expect(broker.counts.read()).toMatchObject([
      { tenant: 'a', published: 1, refused: 1 },
      { tenant: OTHER, published: 0, refused: 50 },
    ]);
  });

  it('tell dead letters that operators purged from those that grew too old', () => {
    const broker = new CountedBroker(5);
    act(broker, [0, 1, 0]);
    for (let n = 0; n < 3; n += 1) act(broker, [15, 1, 0]);
    act(broker, [12, 1, 1]);
    broker.nowMs += 500_000;
    broker.run({ type: 'tick' });
    expect(broker.counts.deadLettersGone).toEqual({ purged: 1, expired: 2 });
    broker.check();
  });

  it('hold nothing back of an accept when they are read behind it', () => {
    const broker = new CountedBroker(5);
    act(broker, [0, 0, 0]);
    broker.counts.added({
      type: 'accepted',
      producer: NO_PRODUCER,
      firstProducerSequence: 0,
      firstSequence: asSequence(9),
      atMs: 0,
      sets: [[asQueueId(1)]],
      setOf: [0],
      lengths: [1],
    });
    expect(broker.counts.read()).toMatchObject([{ tenant: '', published: 1 }]);
  });
});
