// The power goes, or the process is killed, at every disk operation of a removal: nothing goes before the signed record of
// it is on disk, what was begun is finished by the next start, and the log verifies at every moment in between.

import { describe, expect, it } from 'vitest';
import { type AuditLogFixture, anAuditLog } from '../../testing/fixtures/an-audit-log.ts';
import { Random } from '../../testing/sim/random.ts';

const BOUND = { bytesMax: 4_000 };
const ENTRIES = 60;

/** A log with a removal behind it and another one due. */
function due(seed: number): AuditLogFixture {
  const log = anAuditLog({ seed, ...BOUND });
  log.fill(ENTRIES / 2);
  log.seal();
  log.retain();
  log.fill(ENTRIES / 2);
  log.seal();
  return log;
}

/** How many disk operations a removal is. */
function operationsOf(seed: number): number {
  const log = due(seed);
  const before = log.disk.operations;
  log.retain();
  return log.disk.operations - before;
}

/** A removal that ends in the middle of disk operation `nth`; true when it did. */
function cut(log: AuditLogFixture, nth: number, how: 'power' | 'kill'): boolean {
  log.disk.crashAt(log.disk.operations + nth);
  try {
    log.retain();
  } catch {
    // The power went in the middle of it.
  }
  const wasCut = log.disk.crashed;
  if (how === 'power') log.disk.crash(new Random(nth));
  else log.disk.kill(new Random(nth));
  return wasCut;
}

describe.each(['power', 'kill'] as const)('a removal that is cut by %s', (how) => {
  it('at any disk operation leaves a log that verifies, and is finished', async () => {
    const states = new Set<string>();
    for (let seed = 1; seed <= 4; seed += 1) {
      const operations = operationsOf(seed);
      expect(operations).toBeGreaterThan(8);
      for (let nth = 1; nth <= operations; nth += 1) {
        const log = due(seed);
        const planned = log.store.removable(log.nowMs);
        const before = log.store.status.removed;
        expect(cut(log, nth, how)).toBe(true);
        const found = await log.verify();
        expect({ nth, ...found }).toMatchObject({ nth, ok: true, entries: ENTRIES });

        const next = anAuditLog({ disk: log.disk, ...BOUND });
        const { removed, fault, entries } = next.store.status;
        expect({ nth, fault, entries }).toEqual({ nth, fault: null, entries: ENTRIES });
        expect([before, planned?.through]).toContain(removed);
        // What the record says is gone is gone, and nothing else.
        expect(next.numbers()[0]).toBe(removed + 1);
        expect(await next.verify()).toMatchObject({ ok: true, entries: ENTRIES, removed });
        expect(next.store.status.bytes).toBe(next.bytesOnDisk);
        states.add(removed === before ? 'not begun' : 'recorded');
        if (found.removed !== removed) states.add('finished by the start');

        next.fill(3, ENTRIES + 1);
        next.seal();
        next.retain();
        expect(await next.verify()).toMatchObject({ ok: true, entries: ENTRIES + 3 });
        expect(next.store.status.bytes).toBeLessThanOrEqual(BOUND.bytesMax);
      }
    }
    expect([...states].sort()).toEqual(['finished by the start', 'not begun', 'recorded']);
  });

  it('and cut again while the start finishes it still verifies', async () => {
    for (let nth = 1; nth <= operationsOf(1); nth += 1) {
      for (let second = 1; second <= 6; second += 1) {
        const log = due(1);
        cut(log, nth, how);
        log.disk.crashAt(log.disk.operations + second);
        try {
          anAuditLog({ disk: log.disk, ...BOUND });
        } catch {
          // The power went while the log was opened.
        }
        log.disk.crash(new Random(second));
        expect(await log.verify()).toMatchObject({ ok: true, entries: ENTRIES });
        expect(anAuditLog({ disk: log.disk, ...BOUND }).store.status).toMatchObject({ entries: ENTRIES, fault: null });
      }
    }
  });
});
