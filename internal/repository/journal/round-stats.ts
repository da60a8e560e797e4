// Counts of rounds to the disk, and how long their syncs took.

import { createHistogram } from 'node:perf_hooks';
import type { JournalRound, JournalStats } from '../../usecase/ports/journal.ts';

export class RoundStats {
  readonly #microseconds = createHistogram();
  syncs = 0;
  bytes = 0;
  readonly #listeners: ((round: JournalRound) => void)[] = [];

  onRound(listener: (round: JournalRound) => void): void {
    this.#listeners.push(listener);
  }

  add(round: JournalRound): void {
    this.syncs += 1;
    this.bytes += round.bytes;
    this.#microseconds.record(Math.max(1, Math.round(round.syncMs * 1000)));
    for (const listener of this.#listeners) listener(round);
  }

  read(): Pick<JournalStats, 'bytes' | 'syncs' | 'syncP50Ms' | 'syncP99Ms'> {
    const { bytes, syncs } = this;
    return { bytes, syncs, syncP50Ms: this.#percentileMs(50), syncP99Ms: this.#percentileMs(99) };
  }

  /** Milliseconds below which that share of the syncs stayed; null before the first. */
  #percentileMs(percent: number): number | null {
    return this.syncs === 0 ? null : this.#microseconds.percentile(percent) / 1000;
  }
}
