// Latencies in buckets of about 1.5 %: below 128 µs exact, above it 64 buckets for each doubling. A million of them cost
// a few kilobytes, and those of several processes add up.

const EXACT = 128;
const PER_DOUBLING = 64;
/** Up to 2^36 µs, which is 19 hours. */
const DOUBLINGS = 29;

export interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
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

  /** For another process: up to the last bucket in use. */
  counts(): number[] {
    const last = this.#counts.findLastIndex((count) => count > 0);
    return Array.from(this.#counts.subarray(0, last + 1));
  }

  percentiles(): Percentiles {
    return {
      p50Ms: this.#atMs(0.5),
      p99Ms: this.#atMs(0.99),
      p999Ms: this.#atMs(0.999),
      maxMs: this.#maxUs / 1e3,
    };
  }

  /** The upper end of the bucket in which that share is reached. */
  #atMs(share: number): number {
    const wanted = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted && seen > 0) return Math.min(endOf(bucket), this.#maxUs) / 1e3;
    }
    return 0;
  }
}

function bucketOf(us: number): number {
  if (us < EXACT) return us;
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
