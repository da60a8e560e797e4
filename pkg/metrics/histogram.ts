// Counts of observations in fixed buckets. Observing costs a short search and two additions, so that it may be done for
// each batch; nothing is kept of a single observation.
// Invariant: the cumulative counts never fall from one bucket to the next, and the last is the number of observations.

export interface HistogramReading {
  /** Upper bounds, ascending; the bucket without a bound is not among them. */
  readonly bounds: readonly number[];
  /** Observations at or below each bound. */
  readonly cumulative: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** From a tenth of a millisecond to a minute. */
export const LATENCY_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;

/** For ages that may be those of a backlog: up to a day. */
export const AGE_SECONDS = [...LATENCY_SECONDS, 300, 1_800, 7_200, 86_400] as const;

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    if (bounds.length === 0 || bounds.some((bound, i) => i > 0 && (bounds[i - 1] as number) >= bound)) {
      throw new RangeError('the bounds of a histogram ascend');
    }
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** `times` observations of the same value; one below 0 comes from a clock that stepped, and counts as 0. */
  observe(value: number, times = 1): void {
    const seen = Math.max(0, value);
    let bucket = 0;
    while (bucket < this.#bounds.length && seen > (this.#bounds[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + times;
    this.#sum += seen * times;
  }

  read(): HistogramReading {
    let count = 0;
    const cumulative: number[] = [];
    for (const inBucket of this.#counts) {
      count += inBucket;
      cumulative.push(count);
    }
    cumulative.pop();
    return { bounds: this.#bounds, cumulative, count, sum: this.#sum };
  }
}
