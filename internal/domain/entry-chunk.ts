// A run of columns of the entry table: one row for each message, in the order of sequences. 37 bytes a row.
// Invariant: the first `count` rows are in use, `live` of them not GONE; rows never move within a chunk.

export const GONE = 0;
export const READY = 1;
export const LEASED = 2;
/** Failed, and not to be tried again before its time. */
export const WAITING = 3;
/** In the dead letters: still here, so that its body stays. */
export const DEAD = 4;
export type EntryStatus = 0 | 1 | 2 | 3 | 4;

export const FAILED_COUNT_MAX = 0xff;
export const RETURNED_COUNT_MAX = 0xffff;

/** A run of columns. Public to its table and to the iteration of checkpoints; nobody else writes to it. */
export class Chunk {
  sequence: Float64Array;
  position: Float64Array;
  offset: Uint32Array;
  length: Uint32Array;
  acceptedAtMs: Float64Array;
  status: Uint8Array;
  failed: Uint8Array;
  returned: Uint16Array;
  gap: Uint8Array;
  /** Rows in use, and how many of them are not GONE. */
  count = 0;
  live = 0;
  /** Some row has a failed or returned count. */
  touched = false;
  /** Some row has a gap before it. */
  gaps = false;

  constructor(capacity: number) {
    this.sequence = new Float64Array(capacity);
    this.position = new Float64Array(capacity);
    this.offset = new Uint32Array(capacity);
    this.length = new Uint32Array(capacity);
    this.acceptedAtMs = new Float64Array(capacity);
    this.status = new Uint8Array(capacity);
    this.failed = new Uint8Array(capacity);
    this.returned = new Uint16Array(capacity);
    this.gap = new Uint8Array(capacity);
  }

  get capacity(): number {
    return this.sequence.length;
  }

  get first(): number {
    return this.sequence[0] as number;
  }

  get last(): number {
    return this.sequence[this.count - 1] as number;
  }

  /** Row of the sequence, or -1. Neighbours in one queue mostly have neighbouring numbers, so guess first. */
  find(sequence: number): number {
    const guess = sequence - this.first;
    if (guess >= 0 && guess < this.count && this.sequence[guess] === sequence) return guess;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const seen = this.sequence[middle] as number;
      if (seen === sequence) return middle;
      if (seen < sequence) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  copyRow(from: Chunk, row: number, gap: number): void {
    const to = this.count;
    this.sequence[to] = from.sequence[row] as number;
    this.position[to] = from.position[row] as number;
    this.offset[to] = from.offset[row] as number;
    this.length[to] = from.length[row] as number;
    this.acceptedAtMs[to] = from.acceptedAtMs[row] as number;
    this.status[to] = from.status[row] as number;
    this.failed[to] = from.failed[row] as number;
    this.returned[to] = from.returned[row] as number;
    this.gap[to] = gap;
    if (gap === 1 && to > 0) this.gaps = true;
    if (from.failed[row] !== 0 || from.returned[row] !== 0) this.touched = true;
    this.count += 1;
    this.live += 1;
  }
}
