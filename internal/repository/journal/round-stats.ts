// Counts of rounds to the disk, and how long their syncs took.

import { createHistogram } from 'node:perf_hooks';

export class RoundStats {
  readonly #microseconds = createHistogram();
  syncs = 0;
  bytes = 0;

  add(bytes: number, syncMs: number): void {
    this.syncs += 1;
    this.bytes += bytes;
    this.#microseconds.record(Math.max(1, Math.round(syncMs * 1000)));
  }

  /** Milliseconds below which that share of the syncs stayed; null before the first. */
  percentileMs(percent: number): number | null {
    return this.syncs === 0 ? null : this.#microseconds.percentile(percent) / 1000;
  }
}
