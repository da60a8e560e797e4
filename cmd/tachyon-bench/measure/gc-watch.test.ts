// What was allocated is told in bytes, whether it was collected meanwhile or not.

import { expect, it } from 'vitest';
import { GcWatch } from './gc-watch.ts';

it('the watch counts bytes of objects that are gone and of objects that stay, since the last mark', () => {
  const watch = new GcWatch();
  try {
    watch.mark();
    const kept: number[][] = [];
    const rounds = 200_000;
    for (let round = 0; round < rounds; round += 1) {
      const made = [round, round + 1, round + 2, round + 3];
      if (round % 10 === 0) kept.push(made);
    }
    const { allocatedBytes, collections, longestPauseMs, pausesMs } = watch.mark();
    expect(kept).toHaveLength(rounds / 10);
    // At least the elements of each array; at most what a debug-sized header could add.
    expect(allocatedBytes / rounds).toBeGreaterThan(16);
    expect(allocatedBytes / rounds).toBeLessThan(1_000);
    expect(longestPauseMs).toBeLessThanOrEqual(pausesMs);
    expect(collections === 0).toBe(pausesMs === 0);
    expect(watch.mark().allocatedBytes).toBeLessThan(allocatedBytes);
  } finally {
    watch.close();
  }
});
