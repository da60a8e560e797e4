// What a journal on disk is given: by composition, and by recovery.

import type { Disk } from '../../usecase/ports/disk.ts';
import type { Timers } from '../../usecase/ports/timers.ts';
import type { SegmentTable } from './segment-table.ts';

export interface JournalOptions {
  readonly disk: Disk;
  /** The folder of `disk`, as refusals name it. */
  readonly folder?: string;
  readonly timers: Timers;
  /** Random 32 bits per segment. */
  readonly salt: () => number;
  readonly segmentBytes: number;
  readonly tailCacheBytes: number;
  /** Disk that segments may use; 0: all that the disk has. */
  readonly diskBytesMax?: number;
  /** Rounds of at most so many bytes are written from the loop, not through another thread. Default 16 KiB. */
  readonly writeHereBytesMax?: number;
  /** How long after a failure a segment is prepared, or removed, again. */
  readonly retryMs: number;
}

/** What recovery found, and the running journal begins with. */
export interface JournalStart {
  readonly table: SegmentTable;
  readonly last: number;
  readonly lastTimeMs: number;
  readonly lastCrc: number;
  readonly mark: number;
}
