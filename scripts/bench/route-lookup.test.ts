// The look-up benchmark runs small here, so that it cannot rot.

import { expect, it } from 'vitest';
import { benchRouteLookup } from './route-lookup.ts';

const small = { patterns: 2_000, lookups: 1_000, seed: 7 };

it('the look-up bench does the same work again, and other work with another seed', () => {
  const first = benchRouteLookup(small);
  expect(benchRouteLookup(small).hash).toBe(first.hash);
  expect(benchRouteLookup({ ...small, seed: 8 }).hash).not.toBe(first.hash);
});

it('the look-up bench finds routes, and orders its figures', () => {
  const result = benchRouteLookup(small);
  expect(result.routesMean).toBeGreaterThan(0.5);
  for (const latency of [result.uncached, result.cacheMiss, result.cacheHit]) {
    expect(latency.medianNs).toBeGreaterThan(0);
    expect(latency.p99Ns).toBeGreaterThanOrEqual(latency.medianNs);
  }
});
