// What is printed of a histogram is what was recorded: named shares, and a curve that goes as far as there are messages.

import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';
import { curveOf, latencyOf } from './latency.ts';

const upTo = (count: number): Histogram => {
  const histogram = new Histogram();
  for (let us = 1; us <= count; us += 1) histogram.record(us / 1e3);
  return histogram;
};

describe('latencies', () => {
  it('are told at their shares, within 1.6 %', () => {
    const latency = latencyOf(upTo(1_000_000).data());
    const wanted = { p50Ms: 500, p90Ms: 900, p95Ms: 950, p99Ms: 990, p999Ms: 999, p9999Ms: 999.9 };
    for (const [name, ms] of Object.entries(wanted)) {
      expect(Math.abs(latency[name as keyof typeof wanted] - ms) / ms).toBeLessThan(0.016);
    }
    expect(latency).toMatchObject({ count: 1_000_000, maxMs: 1_000 });
  });

  it('fall into one bucket whether counted in whole numbers or beyond them', () => {
    const [short, long] = [new Histogram(), new Histogram()];
    short.record(2 ** 31 / 1e3 - 1);
    long.record(2 ** 31 / 1e3 + 1);
    expect(Math.abs(long.atMs(1) / short.atMs(1) - 1)).toBeLessThan(0.016);
    for (const us of [127, 128, 129, 255, 256, 4_095, 4_096, 1_000_003]) {
      const histogram = new Histogram();
      histogram.record(us / 1e3);
      histogram.record(1e9); // so that the largest one does not bound it
      const error = histogram.atMs(0.5) * 1e3 - us;
      expect(error).toBeGreaterThanOrEqual(0);
      expect(error).toBeLessThanOrEqual(Math.max(1, us / 64));
    }
  });

  it('have a curve that rises and ends with the last message', () => {
    const curve = curveOf(upTo(1_000).data());
    expect(curve[0]?.share).toBe(0);
    expect(curve.at(-1)?.share).toBeCloseTo(0.999, 6);
    expect(curve.at(-1)?.ms).toBe(1);
    for (const [at, point] of curve.entries()) expect(point.ms).toBeGreaterThanOrEqual(curve[at - 1]?.ms ?? 0);
    expect(curveOf(new Histogram().data())).toEqual([]);
  });

  it('of an interval begin again', () => {
    const histogram = upTo(100);
    histogram.clear();
    histogram.record(7);
    expect(latencyOf(histogram.data())).toMatchObject({ count: 1, maxMs: 7 });
  });
});
