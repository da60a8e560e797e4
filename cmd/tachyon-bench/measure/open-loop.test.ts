// An open loop is due by the clock alone, whatever became of what was published before.

import { describe, expect, it } from 'vitest';
import { OpenLoop } from './open-loop.ts';

describe('an open loop', () => {
  it('makes every message due on its whole millisecond, at the rate over time', () => {
    const loop = new OpenLoop(3_000, 1_000);
    expect([0, 1, 2, 3, 4, 2_999, 3_000].map((number) => loop.dueAtMs(number))).toEqual([
      1_000, 1_000, 1_000, 1_001, 1_001, 1_999, 2_000,
    ]);
  });

  it.each([1, 3, 250, 999, 1_000, 1_001, 7_777, 600_000])('counts as due what is due, at %i a second', (rate) => {
    const loop = new OpenLoop(rate, 500);
    const wrong: number[] = [];
    for (let sinceMs = 0; sinceMs < 2_500; sinceMs += 1) {
      const nowMs = 500 + sinceMs;
      const due = loop.dueBy(nowMs);
      // The last that counts is due by now, and the next one is not.
      if (loop.dueAtMs(due - 1) > nowMs || loop.dueAtMs(due) <= nowMs) wrong.push(nowMs);
    }
    expect(wrong).toEqual([]);
  });

  it('has nothing due before it starts, and the first at its start', () => {
    const loop = new OpenLoop(10, 100);
    expect([loop.dueBy(99.9), loop.dueBy(100), loop.waitMs(0, 40), loop.waitMs(0, 140)]).toEqual([0, 1, 60, 0]);
  });

  it('lets messages become due while the broker stalls, each at its own time', () => {
    const loop = new OpenLoop(1_000, 0);
    // Published at 5 s after a stall since 1 s: each waited since it was due, not since it could be sent.
    const stalled = Array.from({ length: 4_000 }, (_, at) => 5_000 - loop.dueAtMs(1_000 + at));
    expect(loop.dueBy(4_999) - 1_000).toBe(4_000);
    expect(stalled.reduce((sum, ms) => sum + ms, 0) / stalled.length).toBe(2_000.5);
  });
});
