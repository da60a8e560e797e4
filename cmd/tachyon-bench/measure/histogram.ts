// Latencies in buckets as HDR histograms have them: below 128 µs one for each microsecond, above it 64 for each doubling,
// so a figure is at most 1.6 % (or half a microsecond) off. A million of them cost a few kilobytes, and those of several
// processes add up.

const EXACT = 128;
const PER_DOUBLING = 64;
/** Up to 2^36 µs, which is 19 hours. */
const DOUBLINGS = 29;
/** Beyond it `>>>` does not count. */
const INT_MAX = 0x7fff_ffff;

export interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** What a histogram is between processes. */
export interface HistogramData {
  readonly counts: readonly number[];
  readonly maxMs: number;
}

export class Histogram {
  readonly #counts: Float64Array;
  #total = 0;
  #maxUs = 0;

  constructor(counts: readonly number[] = [], maxMs = 0) {
    this.#counts = new Float64Array(EXACT + DOUBLINGS * PER_DOUBLING);
    this.add(counts, maxMs);
  }

  static of(...parts: readonly HistogramData[]): Histogram {
    const sum = new Histogram();
    for (const { counts, maxMs } of parts) sum.add(counts, maxMs);
    return sum;
  }

  get total(): number {
    return this.#total;
  }

  record(ms: number): void {
    const us = Math.max(0, Math.round(ms * 1e3));
    const bucket = bucketOf(us);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total += 1;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  /** Adds what another process has counted. */
  add(counts: readonly number[], maxMs: number): void {
    counts.forEach((count, bucket) => {
      this.#counts[bucket] = (this.#counts[bucket] as number) + count;
      this.#total += count;
    });
    this.#maxUs = Math.max(this.#maxUs, maxMs * 1e3);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#maxUs = 0;
  }

  /** For another process: up to the last bucket in use. */
  counts(): number[] {
    const last = this.#counts.findLastIndex((count) => count > 0);
    return Array.from(this.#counts.subarray(0, last + 1));
  }

  data(): HistogramData {
    return { counts: this.counts(), maxMs: this.#maxUs / 1e3 };
  }

  percentiles(): Percentiles {
    return { p50Ms: this.atMs(0.5), p99Ms: this.atMs(0.99), p999Ms: this.atMs(0.999), maxMs: this.#maxUs / 1e3 };
  }

  /** The upper end of the bucket in which that share is reached; 0 of nothing. */
  atMs(share: number): number {
    const wanted = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted && seen > 0) return Math.min(endOf(bucket), this.#maxUs) / 1e3;
    }
    return 0;
  }

  /** The buckets in use, in order: up to that many milliseconds, so many. */
  *buckets(): Generator<{ readonly upToMs: number; readonly count: number }> {
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      const count = this.#counts[bucket] as number;
      if (count > 0) yield { upToMs: Math.min(endOf(bucket), this.#maxUs) / 1e3, count };
    }
  }
}

function bucketOf(us: number): number {
  if (us < EXACT) return us;
  if (us <= INT_MAX) {
    // 128 has its highest bit at 7: what is left of it counts doublings, the six bits behind it are the bucket within.
    const doubling = 31 - Math.clz32(us) - 7;
    return EXACT + doubling * PER_DOUBLING + ((us >>> (doubling + 1)) & (PER_DOUBLING - 1));
  }
  const doubling = Math.min(DOUBLINGS - 1, Math.floor(Math.log2(us / EXACT)));
  const within = Math.min(PER_DOUBLING - 1, Math.floor((us / (EXACT * 2 ** doubling) - 1) * PER_DOUBLING));
  return EXACT + doubling * PER_DOUBLING + within;
}

function endOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const doubling = Math.floor((bucket - EXACT) / PER_DOUBLING);
  const within = (bucket - EXACT) % PER_DOUBLING;
  return EXACT * 2 ** doubling * (1 + (within + 1) / PER_DOUBLING);
}
