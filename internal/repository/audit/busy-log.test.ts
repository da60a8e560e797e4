// A log that is never at rest: one append follows the other, on a simulated disk that takes its time. Heads are signed all
// the same, of lines that are synced, and retention follows them; neither waits for a pause that may never come.

import { describe, expect, it } from 'vitest';
import { type AuditLogFixture, anAuditLog } from '../../testing/fixtures/an-audit-log.ts';
import { Random } from '../../testing/sim/random.ts';
import type { AuditRemoval } from '../../usecase/ports/audit-store.ts';

const BYTES_MAX = 8_000;
const ROUNDS = 40;
const STEPS = 120;

/** Operators who ask again as soon as they are answered, two calls at every moment; what they were answered for. */
function spam(log: AuditLogFixture): { readonly answered: number } {
  const state = { answered: 0, asked: 0 };
  const ask = (): void => {
    state.asked += 1;
    log.store.append([log.entry(state.asked)], (error) => {
      if (error !== null) throw error;
      state.answered += 1;
      ask();
    });
  };
  ask();
  ask();
  return state;
}

/** What the broker does each time: a head, and then what retention wants gone. */
function tidy(log: AuditLogFixture): { readonly sealed: number; readonly removed: readonly AuditRemoval[] } {
  const state = { sealed: 0, removed: [] as AuditRemoval[] };
  log.store.seal(log.nowMs, (error) => {
    if (error !== null) throw error;
    state.sealed += 1;
    const removal = log.store.removable(log.nowMs);
    if (removal === null) return;
    log.store.remove(removal, log.nowMs, (failure) => {
      if (failure !== null) throw failure;
      state.removed.push(removal);
    });
  });
  return state;
}

describe('a log that never rests', () => {
  it('has a head for each time that one is asked for, and stays within its bound', async () => {
    const log = anAuditLog({ bytesMax: BYTES_MAX });
    const operators = spam(log);
    let removals = 0;
    while (operators.answered === 0) log.disk.step();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const asked = tidy(log);
      for (let step = 0; step < STEPS; step += 1) log.disk.step();
      expect({ round, ...asked }).toMatchObject({ round, sealed: 1 });
      removals += asked.removed.length;
      const heads = log.told.filter((mark) => 'size' in mark);
      expect(heads).toHaveLength(round);
      // What a round or two add, and the file that is written, may be beyond it; without removals it is a hundred times.
      expect(log.store.status.bytes).toBeLessThan(BYTES_MAX * 4);
      expect(log.store.status.lastSigned?.size).toBeLessThanOrEqual(operators.answered);
    }
    expect(removals).toBeGreaterThan(ROUNDS / 4);
    expect(operators.answered).toBeGreaterThan(ROUNDS * 10);
    const { entries, removed } = log.store.status;
    expect(await log.verify()).toMatchObject({ ok: true, entries: expect.any(Number), removed });
    expect(removed).toBeGreaterThan(entries / 2);
  });

  it.each(['power', 'kill'] as const)('verifies wherever it is cut by %s', async (how) => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const log = anAuditLog({ seed, bytesMax: BYTES_MAX });
      const operators = spam(log);
      const random = new Random(seed);
      for (let step = 0; step < 400 + seed * 17; step += 1) {
        if (step % 90 === 0) tidy(log);
        log.disk.step();
      }
      const { answered } = operators;
      if (how === 'power') log.disk.crash(random);
      else log.disk.kill(random);
      const again = anAuditLog({ disk: log.disk, bytesMax: BYTES_MAX });
      expect({ seed, ...again.store.status }).toMatchObject({ seed, fault: null });
      expect(again.store.status.entries).toBeGreaterThanOrEqual(answered);
      expect(await again.verify()).toMatchObject({ ok: true, entries: again.store.status.entries });
    }
  });

  it('signs a head behind a removal that is under way, and removes behind a head that is', async () => {
    const log = anAuditLog({ bytesMax: BYTES_MAX });
    log.fill(100);
    log.seal();
    log.fill(1);
    const removal = log.store.removable(log.nowMs);
    if (removal === null) throw new Error('something is beyond the bound');
    const ended: string[] = [];
    log.store.remove(removal, log.nowMs, () => ended.push('removed'));
    log.store.seal(log.nowMs, () => ended.push('signed'));
    log.store.remove(removal, log.nowMs, () => ended.push('removed again'));
    log.disk.settle();
    expect(ended).toEqual(['removed', 'signed', 'removed again']);
    expect(log.heads.map(({ size }) => size)).toEqual([100, 101]);
    expect(await log.verify()).toMatchObject({ ok: true, entries: 101, removed: removal.through });
  });
});
