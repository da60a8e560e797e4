// Leases end neither early nor much later than they say, whatever else happens to them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asDeliveryId, asQueueId, asSequence, asSessionId } from './ids.ts';
import { LeaseTable } from './lease-table.ts';
import { Queue } from './queue.ts';
import { DEFAULT_QUEUE_POLICY } from './queue-policy.ts';
import { Session } from './session.ts';

const BUCKET_MS = 64;
const queue = new Queue(asQueueId(1), '', 'queue', DEFAULT_QUEUE_POLICY, 'operator');
const aSession = (): Session => new Session(asSessionId(1), '', 'consumer', 'hash', false);

const BYTES = 7;

/** Some messages under one deadline, as one run. */
const give = (table: LeaseTable, session: Session, first: number, deadlineMs: number, count = 1): void => {
  const sequences = Array.from({ length: count }, (_, index) => asSequence(first + index));
  const bytes = sequences.map(() => BYTES);
  table.open({ first: asDeliveryId(first), queue, session, deadlineMs, sequences, bytes });
};

describe('LeaseTable', () => {
  it('ends no lease early, and each at most one bucket late, whatever is extended, shifted or settled', () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('give' as const),
          by: fc.nat(5_000),
          count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 64, max: 80 })),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom('settle', 'extend'), at: fc.nat(100), by: fc.nat(9_000) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('shift' as const), by: fc.nat(100_000) }) },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant('pass' as const), by: fc.oneof(fc.nat(100), fc.nat(20_000)) }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (steps, most) => {
        const table = new LeaseTable();
        const session = aSession();
        const model = new Map<number, number>();
        let nowMs = 1_000_000;
        let next = 1;
        for (const now of steps) {
          if (now.do === 'give') {
            give(table, session, next, nowMs + now.by, now.count);
            for (let left = now.count; left > 0; left -= 1, next += 1) model.set(next, nowMs + now.by);
          } else if (now.do === 'shift') {
            table.shift(now.by);
            for (const [delivery, deadlineMs] of model) model.set(delivery, deadlineMs + now.by);
          } else if (now.do === 'pass') {
            nowMs += now.by;
            for (;;) {
              const expired = table.expired(nowMs, most);
              expect(expired.length).toBeLessThanOrEqual(most);
              for (const lease of expired) {
                expect(model.get(lease.delivery)).toBeLessThanOrEqual(nowMs);
                model.delete(lease.delivery);
                table.end(lease.delivery);
              }
              if (expired.length === 0) break;
            }
            for (const deadlineMs of model.values()) expect(deadlineMs).toBeGreaterThan(nowMs - BUCKET_MS);
            expect(table.nextMs).toBeGreaterThan(nowMs);
          } else {
            const delivery = [...model.keys()][now.at % Math.max(1, model.size)];
            const lease = delivery === undefined ? undefined : table.get(asDeliveryId(delivery));
            if (delivery === undefined || lease === undefined) continue;
            if (now.do === 'settle') {
              table.end(lease.delivery);
              model.delete(delivery);
            } else {
              table.extend(lease.delivery, nowMs + now.by);
              model.set(delivery, nowMs + now.by);
            }
          }
          table.checkInvariants();
          expect(table.size).toBe(model.size);
          expect(session.inflight).toBe(model.size);
          expect(session.inflightBytes).toBe(model.size * BYTES);
          expect(
            session
              .leases()
              .map((lease) => lease.delivery)
              .sort((a, b) => a - b),
          ).toEqual([...model.keys()]);
          const soonest = Math.min(...model.values());
          expect(table.nextMs).toBeLessThanOrEqual(soonest + BUCKET_MS);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is asked again only when something may have ended', () => {
    const table = new LeaseTable();
    expect(table.nextMs).toBe(Number.POSITIVE_INFINITY);
    give(table, aSession(), 1, 1_000);
    expect(table.nextMs).toBeGreaterThanOrEqual(1_000);
    expect(table.expired(999, 10)).toEqual([]);
    expect(table.expired(1_000 + BUCKET_MS, 10).map(({ delivery }) => delivery)).toEqual([1]);
  });

  it('refuses to end a lease twice', () => {
    const table = new LeaseTable();
    give(table, aSession(), 1, 1_000, 2);
    table.end(asDeliveryId(1));
    expect(() => table.end(asDeliveryId(1))).toThrow(/is out/);
    expect(table.get(asDeliveryId(1))).toBeUndefined();
    expect(table.get(asDeliveryId(2))?.sequence).toBe(2);
  });

  it('keeps no more of a long run than the few that are still out, with their own deadlines', () => {
    const table = new LeaseTable();
    const session = aSession();
    const inOrder = (leases: readonly { readonly delivery: number }[]): number[] =>
      leases.map(({ delivery }) => delivery).sort((a, b) => a - b);
    give(table, session, 1, 1_000, 1_000);
    table.extend(asDeliveryId(500), 9_000);
    const held = new Set([7, 8, 500, 1_000]);
    for (let delivery = 1; delivery <= 1_000; delivery += 1) if (!held.has(delivery)) table.end(asDeliveryId(delivery));
    give(table, session, 2_000, 1_000);
    table.end(asDeliveryId(2_000));
    table.checkInvariants();
    for (const delivery of held) expect(table.runOf(asDeliveryId(delivery))?.sequences.length).toBeLessThan(64);
    expect(session.leases().map(({ delivery }) => delivery)).toEqual([1_000, 500, 8, 7]);
    expect([session.inflight, session.inflightBytes]).toEqual([held.size, held.size * BYTES]);
    expect(table.get(asDeliveryId(500))).toMatchObject({ deadlineMs: 9_000, firstDeadlineMs: 1_000 });
    expect(inOrder(table.expired(2_000, 10))).toEqual([7, 8, 1_000]);
  });

  it('keeps nothing of runs that are over, however often they were extended', () => {
    const table = new LeaseTable();
    const session = aSession();
    for (let first = 1; first <= 1_000; first += 2) {
      give(table, session, first, 1_000 + first, 2);
      for (let extension = 1; extension <= 3; extension += 1)
        table.extend(asDeliveryId(first), 100_000 * extension + first);
      table.end(asDeliveryId(first));
      table.end(asDeliveryId(first + 1));
      table.checkInvariants();
    }
    expect(table.size).toBe(0);
    expect(table.nextMs).toBe(Number.POSITIVE_INFINITY);
    expect(session.leases()).toEqual([]);
    expect([session.inflight, session.inflightBytes]).toEqual([0, 0]);
  });
});
