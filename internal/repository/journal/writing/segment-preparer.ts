// Prepares segments ahead of use: zero-filled in slices, synced, named, folder synced; only then may a group be
// written to them. Nothing has been promised for a segment that is being prepared, so its failure costs nothing: the
// partial file goes, `blocked` says why, and it is tried again later. Keeps one spare ready beyond the tail.
//
// The operator's bound keeps two segments, or an eighth of itself, for what empties a full disk: they are prepared only
// when settlements and relocations have used up what was left, and publishes stay refused meanwhile.
//
// A segment has its final name only after its zeros and header are on disk. So a file with a segment's name that is
// shorter than prepared, or has a bad header, is damage, never a crash while preparing.

import type { Disk, DiskFile } from '../../../usecase/ports/disk.ts';
import type { Timers } from '../../../usecase/ports/timers.ts';
import { preparingName, SEGMENT_HEADER_BYTES } from '../format/layout.ts';
import { encodeSegmentHeader } from '../format/segment-frame.ts';
import type { Segment } from '../segment.ts';
import type { SegmentTable } from '../segment-table.ts';

/** Small enough that a slice does not hold up the journal's own writes for long. */
const SLICE_BYTES = 1024 * 1024;
/** Unsynced zeros are bounded too: a sync of the journal may have to wait for them. */
const SYNC_EVERY_BYTES = 4 * 1024 * 1024;
const BOUND_REACHED = 'DISK_BYTES_MAX';
const KEPT_SEGMENTS = 2;
const KEPT_SHARE = 8;
const ZEROS = new Uint8Array(SLICE_BYTES);

export interface PreparerOptions {
  readonly disk: Disk;
  readonly timers: Timers;
  readonly table: SegmentTable;
  readonly retryMs: number;
  /** 0: all that the disk has. */
  readonly diskBytesMax: number;
  /** Whether what is prepared is nearly used up: by what may also use what the bound keeps. */
  readonly short: () => boolean;
  /** A segment became ready, or preparing became blocked. */
  readonly onChange: () => void;
  /** The folder could not be synced: names are not safe any more, and a second sync proves nothing. */
  readonly onFailure: (error: Error) => void;
}

export class SegmentPreparer {
  readonly #options: PreparerOptions;
  #busy = false;
  #stopped = false;
  #blocked: string | null = null;
  #cancelRetry: (() => void) | null = null;

  constructor(options: PreparerOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Why publishes find no further segment; null where they do. */
  get blocked(): string | null {
    return this.#blocked ?? (this.#options.table.diskBytes > this.#publishBytesMax ? BOUND_REACHED : null);
  }

  /** What may still be prepared for what empties the disk. */
  get keptBytes(): number {
    const { diskBytesMax, table } = this.#options;
    if (diskBytesMax === 0) return 0;
    const left = Math.max(0, diskBytesMax - table.diskBytes);
    return left - (left % table.segmentBytes);
  }

  get #publishBytesMax(): number {
    const { diskBytesMax, table } = this.#options;
    if (diskBytesMax === 0) return Number.POSITIVE_INFINITY;
    return diskBytesMax - Math.max(KEPT_SEGMENTS * table.segmentBytes, diskBytesMax / KEPT_SHARE);
  }

  /** Prepares what is missing, unless that is under way or waits for its next try. Against the bound it asks anew. */
  ensure(): void {
    if (this.#busy || this.#stopped || this.#cancelRetry !== null) return;
    const { table } = this.#options;
    const planned = table.segments.find((segment) => segment.phase === 'planned');
    const missing = planned?.bytes ?? (table.spares.length === 0 ? table.nextBytes : 0);
    if (missing === 0) return;
    if (!this.#mayTake(missing)) {
      if (this.#blocked !== null) return;
      this.#blocked = BOUND_REACHED;
      this.#options.onChange();
      return;
    }
    this.#busy = true;
    this.#create(planned ?? table.plan());
  }

  #mayTake(bytes: number): boolean {
    const { diskBytesMax, table, short } = this.#options;
    if (diskBytesMax === 0) return true;
    return table.diskBytes + bytes <= (short() ? diskBytesMax : this.#publishBytesMax);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  #create(segment: Segment): void {
    const name = preparingName(segment.id);
    this.#options.disk.create(name, (error, file) => {
      if (file === null) this.#failed(segment, null, error);
      else this.#writeHeader(segment, file);
    });
  }

  #writeHeader(segment: Segment, file: DiskFile): void {
    const header = encodeSegmentHeader({ id: segment.id, salt: segment.salt, preparedBytes: segment.bytes });
    file.write(header, 0, (error) => {
      if (error !== null) this.#failed(segment, file, error);
      else this.#fill(segment, file, SEGMENT_HEADER_BYTES, 0);
    });
  }

  #fill(segment: Segment, file: DiskFile, from: number, synced: number): void {
    const to = Math.min(segment.bytes, from + SLICE_BYTES);
    file.write(ZEROS.subarray(0, to - from), from, (error) => {
      if (error !== null || this.#stopped) return this.#failed(segment, file, error);
      if (to < segment.bytes && to - synced < SYNC_EVERY_BYTES) return this.#fill(segment, file, to, synced);
      file.sync((syncError) => {
        if (syncError !== null) this.#failed(segment, file, syncError);
        else if (to < segment.bytes) this.#fill(segment, file, to, to);
        else this.#name(segment, file);
      });
    });
  }

  #name(segment: Segment, file: DiskFile): void {
    const { disk } = this.#options;
    disk.rename(preparingName(segment.id), segment.name, (error) => {
      if (error !== null) return this.#failed(segment, file, error);
      disk.syncFolder((syncError) => {
        if (syncError === null) return this.#ready(segment, file);
        file.close();
        this.#busy = false;
        this.#options.onFailure(syncError);
      });
    });
  }

  #ready(segment: Segment, file: DiskFile): void {
    this.#busy = false;
    this.#blocked = null;
    // Closed with the others, also where the journal was being closed while it was made ready.
    segment.phase = 'ready';
    segment.file = file;
    this.#options.onChange();
    this.ensure();
  }

  #failed(segment: Segment, file: DiskFile | null, error: Error | null): void {
    file?.close();
    // Also where creating failed: a file may have been left behind by an earlier try.
    this.#options.disk.remove(preparingName(segment.id), () => {
      this.#busy = false;
      if (!this.#stopped) {
        this.#blocked = codeOf(error);
        this.#cancelRetry = this.#options.timers.after(this.#options.retryMs, () => {
          this.#cancelRetry = null;
          this.ensure();
        });
      }
      this.#options.onChange();
    });
  }
}

function codeOf(error: Error | null): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'EIO';
}
