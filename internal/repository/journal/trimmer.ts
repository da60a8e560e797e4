// Removes dead segments, oldest first, one at a time with a folder sync between: an unsynced removal may be undone by
// a crash while a later one is not, and a hole between segments is what recovery takes for damage.

import type { Disk } from '../../usecase/ports/disk.ts';
import type { Timers } from '../../usecase/ports/timers.ts';
import type { Segment } from './segment.ts';
import type { SegmentTable } from './segment-table.ts';

export interface TrimmerOptions {
  readonly disk: Disk;
  readonly timers: Timers;
  readonly table: SegmentTable;
  readonly retryMs: number;
  readonly durable: () => number;
  readonly closeFile: (segment: Segment) => void;
  readonly onTrimmed: () => void;
  readonly onFailure: (error: Error) => void;
}

export class Trimmer {
  readonly #options: TrimmerOptions;
  #below = 0;
  #busy = false;
  #stopped = false;
  #cancelRetry: (() => void) | null = null;

  constructor(options: TrimmerOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#busy;
  }

  trim(below: number): void {
    this.#below = Math.max(this.#below, below);
    this.run();
  }

  /** Also called when a read let go of a segment. */
  run(): void {
    const { table, durable, closeFile } = this.#options;
    if (this.#busy || this.#stopped) return;
    const segment = table.trimmable(this.#below, durable());
    if (segment === null) return;
    this.#busy = true;
    closeFile(segment);
    table.shift();
    this.#remove(segment);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#cancelRetry === null) return;
    this.#cancelRetry();
    this.#busy = false;
  }

  #remove(segment: Segment): void {
    const { disk, timers, retryMs, onFailure, onTrimmed } = this.#options;
    disk.remove(segment.name, (error) => {
      if (error !== null && (error as { readonly code?: unknown }).code !== 'ENOENT') {
        // The file costs room, and nothing else; no later one goes before it.
        if (this.#stopped) return this.#done(onTrimmed);
        this.#cancelRetry = timers.after(retryMs, () => {
          this.#cancelRetry = null;
          this.#remove(segment);
        });
        return;
      }
      disk.syncFolder((syncError) => {
        if (syncError === null) this.#done(onTrimmed);
        else this.#done(() => onFailure(syncError));
      });
    });
  }

  #done(tell: () => void): void {
    this.#busy = false;
    tell();
    this.run();
  }
}
