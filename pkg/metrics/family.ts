// What a scrape is made of: families of samples, made from the state when they are asked for and never kept. A metric's
// name and meaning stand where its values are read.

import type { HistogramReading } from './histogram.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface ScalarFamily {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface HistogramFamily {
  readonly type: 'histogram';
  readonly name: string;
  readonly help: string;
  readonly series: readonly HistogramSeries[];
}

export interface HistogramSeries {
  readonly labels: Labels;
  readonly reading: HistogramReading;
}

export type Family = ScalarFamily | HistogramFamily;

const NO_LABELS: Labels = {};

const samplesOf = (values: number | readonly Sample[]): readonly Sample[] =>
  typeof values === 'number' ? [{ labels: NO_LABELS, value: values }] : values;

/** Only grows while the process lives; its name ends in `_total`. */
export const counter = (name: `tachyon_${string}_total`, help: string, values: number | readonly Sample[]): Family => ({
  type: 'counter',
  name,
  help,
  samples: samplesOf(values),
});

export const gauge = (name: `tachyon_${string}`, help: string, values: number | readonly Sample[]): Family => ({
  type: 'gauge',
  name,
  help,
  samples: samplesOf(values),
});

export const histogram = (
  name: `tachyon_${string}`,
  help: string,
  read: HistogramReading | readonly HistogramSeries[],
): Family => ({
  type: 'histogram',
  name,
  help,
  series: 'bounds' in read ? [{ labels: NO_LABELS, reading: read }] : read,
});

/** One sample for each key, under that label. */
export const byLabel = (label: string, values: Readonly<Record<string, number>>): readonly Sample[] =>
  Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
