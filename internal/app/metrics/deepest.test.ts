// The few deepest of many are those that sorting them all would give; everything else is handed to the rest.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deepest } from './deepest.ts';

describe('the deepest of many', () => {
  it('are the first of all in order, and the others are the rest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 0, max: 12 }), (depths, max) => {
        const rest: number[] = [];
        const deepest = new Deepest<{ readonly depth: number }>(max, ({ depth }) => rest.push(depth));
        for (const depth of depths) deepest.add({ depth });
        const sorted = [...depths].sort((a, b) => b - a);
        expect(deepest.items().map(({ depth }) => depth)).toEqual(sorted.slice(0, max));
        expect(rest.sort((a, b) => b - a)).toEqual(sorted.slice(max));
      }),
    );
  });
});
