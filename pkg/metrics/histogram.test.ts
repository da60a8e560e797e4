// Buckets against a naive twin, and the edges that a clock can bring.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGE_SECONDS, Histogram, LATENCY_SECONDS } from './histogram.ts';

describe('a histogram', () => {
  it('counts at or below each bound what a naive count does', () => {
    const observation = fc.record({
      value: fc.double({ min: 0, max: 1e5, noNaN: true }),
      times: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(observation), fc.constantFrom(LATENCY_SECONDS, AGE_SECONDS, [1]), (observations, bounds) => {
        const seen = new Histogram(bounds);
        for (const { value, times } of observations) seen.observe(value, times);
        const { cumulative, count, sum } = seen.read();
        const naive = (most: number): number =>
          observations.reduce((total, { value, times }) => total + (value <= most ? times : 0), 0);
        expect(cumulative).toEqual(bounds.map(naive));
        expect(count).toBe(naive(Number.POSITIVE_INFINITY));
        expect(sum).toBeCloseTo(
          observations.reduce((total, { value, times }) => total + value * times, 0),
          3,
        );
      }),
    );
  });

  it('takes a time that ran backwards as none', () => {
    const seen = new Histogram([1]);
    seen.observe(-5);
    expect(seen.read()).toMatchObject({ cumulative: [1], count: 1, sum: 0 });
  });

  it('is refused with bounds that do not ascend', () => {
    expect(() => new Histogram([1, 1])).toThrow('ascend');
    expect(() => new Histogram([])).toThrow('ascend');
  });
});
