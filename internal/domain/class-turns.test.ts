// Classes take turns: as their weights say, work-conserving, and no class that has something to give waits for ever.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassTurns, classNamed, DEFAULT_PRIORITIES, type Priorities } from './class-turns.ts';

const SHARED: Priorities = { ...DEFAULT_PRIORITIES, preemption: false };

/** Who gives, while all of these have something to give. */
function given(priorities: Priorities, classes: readonly number[], count: number): number[] {
  const turns = new ClassTurns();
  return Array.from({ length: count }, () => {
    const chosen = turns.next(classes, priorities);
    turns.gave(chosen, classes, priorities);
    return chosen;
  });
}

const countOf = (list: readonly number[], wanted: number): number => list.filter((one) => one === wanted).length;

describe('with preemption', () => {
  it('the highest class goes first, and each that waits gets a turn after the threshold', () => {
    const order = given(DEFAULT_PRIORITIES, [1, 3], 20);
    expect(order.slice(0, 10)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 3, 1]);
    expect(countOf(order, 3)).toBe(2);
  });
});

describe('without preemption', () => {
  it('classes share as their weights say, to the message', () => {
    const order = given(SHARED, [1, 2, 3, 4], 1_000);
    expect([1, 2, 3, 4].map((rank) => countOf(order, rank))).toEqual([400, 300, 200, 100]);
  });

  it('the turns of a class are spread, not bunched', () => {
    expect(given(SHARED, [1, 4], 5)).toEqual([1, 1, 4, 1, 1]);
  });
});

describe('a class that is alone', () => {
  it('gives every message, whatever its weight', () => {
    expect(given(DEFAULT_PRIORITIES, [4], 5)).toEqual([4, 4, 4, 4, 4]);
    expect(given(SHARED, [4], 5)).toEqual([4, 4, 4, 4, 4]);
  });
});

describe('names', () => {
  it('are found whatever their case, and what is not known is no class', () => {
    expect(['URGENT', 'low', 'Normal', 'other', ''].map((name) => classNamed(DEFAULT_PRIORITIES, name))).toEqual([
      1, 4, 3, 0, 0,
    ]);
  });
});

const priorities = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 8 }),
    fc.boolean(),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 2_000 }),
  )
  .map(([weights, preemption, boostThreshold, boostOffset]): Priorities => {
    const names = weights.map((_, index) => `class-${index}`);
    return { names, weights, normal: 1, preemption, boostThreshold, boostOffset };
  });

it('no class starves, whatever the weights and whoever else has something to give', () => {
  fc.assert(
    fc.property(priorities, fc.array(fc.nat(255), { minLength: 200, maxLength: 2_000 }), (given, loads) => {
      const turns = new ClassTurns();
      const total = given.weights.reduce((sum, weight) => sum + weight, 0);
      const heaviest = Math.max(...given.weights);
      // A class gains an offset with each threshold; all others may have as many boosts when it overtakes them.
      const boosts = Math.ceil(heaviest / given.boostOffset) + 1;
      const most = given.preemption
        ? given.boostThreshold * boosts * given.names.length + given.names.length
        : total + given.names.length;
      const waited = given.names.map(() => 0);
      for (const load of loads) {
        const classes = given.names.flatMap((_, index) => (((load >> index) & 1) === 1 ? [index + 1] : []));
        if (classes.length === 0) continue;
        const chosen = turns.next(classes, given);
        expect(classes).toContain(chosen);
        turns.gave(chosen, classes, given);
        for (const rank of classes) {
          waited[rank - 1] = rank === chosen ? 0 : (waited[rank - 1] as number) + 1;
          expect(waited[rank - 1]).toBeLessThanOrEqual(most);
        }
      }
    }),
    { numRuns: 200 },
  );
});
