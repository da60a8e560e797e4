// A histogram as it is printed: the shares that people ask for, and the curve that a plot draws.

import { Histogram, type HistogramData, type Percentiles } from './histogram.ts';

export interface Latency extends Percentiles {
  readonly count: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p9999Ms: number;
}

export interface CurvePoint {
  /** From 0 on, below 1. */
  readonly share: number;
  readonly ms: number;
}

export function latencyOf(data: HistogramData): Latency {
  const histogram = Histogram.of(data);
  return {
    count: histogram.total,
    ...histogram.percentiles(),
    p90Ms: histogram.atMs(0.9),
    p95Ms: histogram.atMs(0.95),
    p9999Ms: histogram.atMs(0.9999),
  };
}

const POINTS_PER_NINE = 12;

/** As far into the nines as there are messages to tell of: with 1,000 of them p99.9 is the last. */
export function curveOf(data: HistogramData): readonly CurvePoint[] {
  const histogram = Histogram.of(data);
  if (histogram.total === 0) return [];
  const nines = Math.log10(histogram.total);
  const points: CurvePoint[] = [];
  for (let point = 0; point <= nines * POINTS_PER_NINE; point += 1) {
    const share = 1 - 10 ** (-point / POINTS_PER_NINE);
    points.push({ share, ms: histogram.atMs(share) });
  }
  return points;
}
