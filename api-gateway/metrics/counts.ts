// Counters and histograms by label, for families whose labels come up as things happen. Invariant: there is one series for
// each set of labels, so whoever calls keeps the sets few: templates and codes, never what a caller sent.

import type { HistogramSeries, Labels, Sample } from '../../pkg/metrics/family.ts';
import { Histogram } from '../../pkg/metrics/histogram.ts';

/** From a millisecond to the longest that a fetch may wait: what HTTP takes, in coarser steps than a journal. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

export class Counts {
  readonly #samples = new Map<string, { readonly labels: Labels; value: number }>();

  add(labels: Labels): void {
    const key = JSON.stringify(labels);
    const sample = this.#samples.get(key);
    if (sample === undefined) this.#samples.set(key, { labels, value: 1 });
    else sample.value += 1;
  }

  read(): readonly Sample[] {
    return [...this.#samples.values()];
  }
}

export class Durations {
  readonly #series = new Map<string, { readonly labels: Labels; readonly histogram: Histogram }>();

  observe(labels: Labels, seconds: number): void {
    const key = JSON.stringify(labels);
    const series = this.#series.get(key) ?? { labels, histogram: new Histogram(REQUEST_SECONDS) };
    this.#series.set(key, series);
    series.histogram.observe(seconds);
  }

  read(): readonly HistogramSeries[] {
    return [...this.#series.values()].map(({ labels, histogram }) => ({ labels, reading: histogram.read() }));
  }
}
