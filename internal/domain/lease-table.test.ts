// Leases end neither early nor much later than they say, whatever else happens to them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asDeliveryId, asQueueId, asSequence, asSessionId } from './ids.ts';
import { Lease, LeaseTable } from './lease-table.ts';
import { Queue } from './queue.ts';
import { DEFAULT_QUEUE_POLICY } from './queue-policy.ts';
import { Session } from './session.ts';

const BUCKET_MS = 64;
const queue = new Queue(asQueueId(1), '', 'queue', DEFAULT_QUEUE_POLICY, 'operator');
const aSession = (): Session => new Session(asSessionId(1), '', 'consumer', 'hash', false);

const give = (table: LeaseTable, session: Session, delivery: number, deadlineMs: number): Lease => {
  const lease = new Lease(asDeliveryId(delivery), queue, asSequence(delivery), session, 7, deadlineMs);
  table.add(lease);
  return lease;
};

describe('LeaseTable', () => {
  it('ends no lease early, and each at most one bucket late, whatever is extended, shifted or settled', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('give' as const), by: fc.nat(5_000) }) },
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
            give(table, session, next, nowMs + now.by);
            model.set(next, nowMs + now.by);
            next += 1;
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
                table.remove(lease);
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
              table.remove(lease);
              model.delete(delivery);
            } else {
              table.extend(lease, nowMs + now.by);
              model.set(delivery, nowMs + now.by);
            }
          }
          table.checkInvariants();
          expect(table.size).toBe(model.size);
          expect(session.inflight).toBe(model.size);
          expect(session.inflightBytes).toBe(model.size * 7);
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
    const lease = give(table, aSession(), 1, 1_000);
    expect(table.nextMs).toBeGreaterThanOrEqual(1_000);
    expect(table.expired(999, 10)).toEqual([]);
    expect(table.expired(1_000 + BUCKET_MS, 10)).toEqual([lease]);
  });

  it('refuses to end a lease twice', () => {
    const table = new LeaseTable();
    const lease = give(table, aSession(), 1, 1_000);
    table.remove(lease);
    expect(() => table.remove(lease)).toThrow(/is out/);
  });
});
