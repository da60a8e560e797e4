// Random walks: clients, operators, time and the disk in any order, and what holds whatever they do.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../domain/command.ts';
import { leasesOf } from '../domain/entry-moves.ts';
import { asProducerId } from '../domain/ids.ts';
import {
  aBroker,
  ack,
  anOperatorRequest,
  type BrokerFixture,
  helloNew,
  nack,
  peer,
  publish,
  received,
  register,
} from '../testing/fixtures/a-broker.ts';
import { fingerprint } from './fingerprint.ts';

type Step = readonly [kind: number, which: number, amount: number];

/** Whatever clients, operators, time and the disk do, by three numbers a step. */
class Walk {
  readonly broker: BrokerFixture = aBroker({
    policy: { leaseMs: 2_000, attemptsMax: 3, returnsMax: 4, backoffInitialMs: 50 },
    limits: { sessionGraceMs: 500, deadLettersMax: 20, queueExpireMs: 5_000, producerExpireMs: 5_000 },
    readCacheBytes: 200,
    readChunkBytes: 100,
  });
  readonly tokens = new Map<number, string>();
  readonly held: { peer: ReturnType<typeof peer>; delivery: number }[] = [];
  sequence = 1;
  published = 0;

  constructor() {
    for (const name of ['q0', 'q1']) this.broker.declare(name, { patterns: [name, 'both'] });
    this.broker.run(helloNew(peer(1)));
  }

  step([kind, which, amount]: Step): void {
    const { broker } = this;
    const command = this.#command(kind, which, amount);
    if (kind === 11) broker.journal.sync();
    else if (kind === 12) broker.journal.completeReads();
    else if (kind === 13) broker.journal.forgottenThrough = broker.journal.last;
    else if (kind === 14) broker.nowMs += amount * 97;
    const leaving = command === null ? broker.turn() : broker.turn(command);
    for (const { peer: at, delivery } of received(leaving)) if (delivery > 0) this.held.push({ peer: at, delivery });
  }

  #command(kind: number, which: number, amount: number): Command | null {
    const at = peer(20 + (which % 4));
    const some = this.held.length === 0 ? undefined : this.held[(which * 31 + amount) % this.held.length];
    const topics = ['q0', 'q1', 'both', 'lost', 'made'];
    switch (kind) {
      case 0:
      case 1: {
        const of = Array.from({ length: 1 + (amount % 12) }, (_, i) => topics[(which + i) % topics.length] as string);
        const first = Math.max(1, this.sequence - (amount % 3));
        this.sequence = Math.max(this.sequence, first + of.length);
        return publish({ producer: asProducerId(1), firstSequence: first, of });
      }
      case 2:
      case 3: {
        const again = register({
          peer: at,
          consumer: `c${(which + amount) % 4}`,
          queue: amount % 5 === 0 ? null : `q${which % 2}`,
          subscriptions: amount % 5 === 0 ? ['made'] : [],
          windowMessages: 1 + (amount % 9),
          windowBytes: 4 + amount,
          resumable: amount % 2 === 0,
          acks: at !== peer(23),
          tokenHash: amount % 3 === 0 ? (this.tokens.get((which + amount) % 4) ?? null) : null,
        });
        this.tokens.set((which + amount) % 4, again.fresh.hash);
        return again;
      }
      case 4:
      case 5:
        return some === undefined ? null : ack(some.peer, [some.delivery, some.delivery]);
      case 6:
        return some === undefined
          ? null
          : nack(some.peer, some.delivery, (['retryable', 'terminal', 'returned'] as const)[amount % 3]);
      case 7:
        return { type: 'peer-gone', peer: at, cause: (['gone', 'silent', 'slow'] as const)[amount % 3] ?? 'gone' };
      case 8:
        return { type: 'peer-blocked', peer: at, blocked: amount % 2 === 0 };
      case 9:
        return amount % 4 === 0 ? { type: 'start' } : { type: 'stalled', byMs: amount };
      case 10: {
        const request = anOperatorRequest();
        const name = `q${which % 2}`;
        if (amount % 6 === 0) return { type: 'delete-queue', request, tenant: '', name, force: true };
        if (amount % 6 === 1) return { type: 'purge-queue', request, tenant: '', name };
        return { type: 'declare-queue', request, tenant: '', name, policy: {}, patterns: [name, 'both'] };
      }
      default:
        return null;
    }
  }
}

describe('whatever is asked in whatever order', () => {
  const steps = fc.array(fc.tuple(fc.nat(14), fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 150 });

  it('all counts add up after each turn, nobody is left waiting, and replay gives the same state', () => {
    fc.assert(
      fc.property(steps, (walked) => {
        const walk = new Walk();
        const { broker } = walk;
        for (const step of walked) walk.step(step);
        for (let at = 20; at < 24; at += 1) broker.turn({ type: 'peer-blocked', peer: peer(at), blocked: false });
        broker.run();
        expect(broker.stranded).toEqual([]);
        expect(broker.observations.filter(({ type }) => type === 'command-failed')).toEqual([]);
        expect(fingerprint(broker.replayed())).toBe(fingerprint(broker.state));
        const live = [...broker.state.queues.values()].reduce((sum, queue) => sum + queue.bytes, 0);
        expect(broker.journal.stats.liveBytes).toBe(live);
      }),
      { numRuns: 300 },
    );
  });

  it('each accepted message ends: acked, dead-lettered, purged, or still there', () => {
    fc.assert(
      fc.property(steps, (walked) => {
        const walk = new Walk();
        const { broker } = walk;
        for (const step of walked) walk.step(step);
        for (let at = 20; at < 24; at += 1) broker.run({ type: 'peer-gone', peer: peer(at), cause: 'slow' });
        broker.advance(1_000);
        const names = [...broker.state.queues.values()].map(({ name }) => name);
        for (const [i, name] of names.entries())
          broker.run(register({ peer: peer(50 + i), consumer: `last-${name}`, queue: name }));
        for (
          let round = 0;
          broker.state.leases.size > 0 ||
          names.some((name) => broker.queue(name).ready + broker.queue(name).waiting > 0);
          round += 1
        ) {
          if (round > 200) throw new Error('the queues do not drain');
          const acks = names.map((name, i) =>
            ack(
              peer(50 + i),
              leasesOf(broker.state, broker.queue(name)).map(({ delivery }) => delivery),
            ),
          );
          broker.run(...acks);
          broker.advance(200);
        }
        for (const name of names) expect(broker.queue(name).depth).toBe(0);
        expect(broker.state.deadLetters).toBeLessThanOrEqual(20);
      }),
      { numRuns: 150 },
    );
  });
});
