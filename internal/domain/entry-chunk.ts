// A run of columns of the entry table: one row for each message, in the order of sequences. 22 bytes a row, in one buffer;
// counts of failures and returns are kept from the first one on, as most messages never have any.
// Invariant: the first `count` rows are in use, `live` of them not GONE; rows never move within a chunk. Sequences,
// positions and times are kept as distances from the chunk's own beginning. A sequence or a time that is too far away from
// it begins the next chunk; a position, which changes when a message is relocated, gives the chunk a wide column of them.

import type { Traits } from './message-traits.ts';
import { TraitColumns } from './trait-columns.ts';

export const GONE = 0;
export const READY = 1;
export const LEASED = 2;
/** Not to be given before its time. */
export const WAITING = 3;
/** In the dead letters: still here, so that its body stays. */
export const DEAD = 4;
export type EntryStatus = 0 | 1 | 2 | 3 | 4;

export const FAILED_COUNT_MAX = 0xff;
export const RETURNED_COUNT_MAX = 0xffff;

const DISTANCE_MAX = 0xffff_ffff;
const ROW_BYTES = 22;

/** Messages that were accepted together: numbered one behind the other, their blocks back to back in one group. */
export interface EntryRun {
  readonly firstSequence: number;
  readonly position: number;
  readonly lengths: readonly number[];
  readonly acceptedAtMs: number;
}

/** A run of columns. Public to its table and to the iteration of checkpoints; nobody else writes to it. */
export class Chunk {
  readonly capacity: number;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  /** Of the sequence, from the beginning. */
  readonly step: Uint32Array;
  /** Milliseconds from the beginning to when it was accepted. */
  readonly later: Uint32Array;
  /** Of the position, from the beginning; not used once there are wide ones. */
  readonly behind: Uint32Array;
  readonly status: Uint8Array;
  readonly gap: Uint8Array;
  #positions: Float64Array | null = null;
  #failed: Uint8Array | null = null;
  #returned: Uint16Array | null = null;
  /** When it is worth nothing any more, 0: never; from the first that has such a time. */
  #expires: Float64Array | null = null;
  /** Until when it waits, of a row that is WAITING; from the first that does. */
  #due: Float64Array | null = null;
  /** Of those that are out. */
  #deliveries: Float64Array | null = null;
  #beginning = 0;
  #beginningMs = 0;
  #beginningPosition = 0;
  /** Rows in use, and how many of them are not GONE. */
  count = 0;
  live = 0;
  /** Some row has a gap before it. */
  gaps = false;
  /** Of rows that have some; null as long as none of this chunk does. */
  traits: TraitColumns | null = null;
  /** No row stands in the journal before the one or behind the other. */
  lowestPosition = Number.POSITIVE_INFINITY;
  highestPosition = 0;
  /** It takes no more rows, though there may be room. */
  closed = false;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(capacity * ROW_BYTES);
    this.capacity = capacity;
    this.offset = new Uint32Array(buffer, 0, capacity);
    this.length = new Uint32Array(buffer, capacity * 4, capacity);
    this.step = new Uint32Array(buffer, capacity * 8, capacity);
    this.later = new Uint32Array(buffer, capacity * 12, capacity);
    this.behind = new Uint32Array(buffer, capacity * 16, capacity);
    this.status = new Uint8Array(buffer, capacity * 20, capacity);
    this.gap = new Uint8Array(buffer, capacity * 21, capacity);
  }

  get first(): number {
    return this.sequenceOf(0);
  }

  get last(): number {
    return this.sequenceOf(this.count - 1);
  }

  /** Some row has a failed or returned count. */
  get touched(): boolean {
    return this.#failed !== null;
  }

  sequenceOf(row: number): number {
    return this.#beginning + (this.step[row] as number);
  }

  positionOf(row: number): number {
    if (this.#positions !== null) return this.#positions[row] as number;
    return this.#beginningPosition + (this.behind[row] as number);
  }

  acceptedAtMsOf(row: number): number {
    return this.#beginningMs + (this.later[row] as number);
  }

  failedOf(row: number): number {
    return this.#failed === null ? 0 : (this.#failed[row] as number);
  }

  returnedOf(row: number): number {
    return this.#returned === null ? 0 : (this.#returned[row] as number);
  }

  setCounts(row: number, failed: number, returned: number): void {
    if (this.#failed === null || this.#returned === null) {
      if (failed === 0 && returned === 0) return;
      this.#failed = new Uint8Array(this.capacity);
      this.#returned = new Uint16Array(this.capacity);
    }
    this.#failed[row] = failed;
    this.#returned[row] = returned;
  }

  /** Some row is worth nothing after a time. */
  get expiring(): boolean {
    return this.#expires !== null;
  }

  /** When the message is worth nothing any more; 0: never. */
  expiresOf(row: number): number {
    return this.#expires === null ? 0 : (this.#expires[row] as number);
  }

  setExpiry(row: number, atMs: number): void {
    if (this.#expires === null && atMs === 0) return;
    this.#expires ??= new Float64Array(this.capacity);
    this.#expires[row] = atMs;
  }

  /** Some row may be WAITING. */
  get waits(): boolean {
    return this.#due !== null;
  }

  /** Of a row that is WAITING: until when. */
  dueOf(row: number): number {
    return this.#due === null ? 0 : (this.#due[row] as number);
  }

  wait(row: number, untilMs: number): void {
    this.status[row] = WAITING;
    this.#due ??= new Float64Array(this.capacity);
    this.#due[row] = untilMs;
  }

  /** Of a row that is LEASED: the number of its delivery. */
  deliveryOf(row: number): number {
    return this.#deliveries === null ? 0 : (this.#deliveries[row] as number);
  }

  lease(row: number, delivery: number): void {
    this.status[row] = LEASED;
    this.#deliveries ??= new Float64Array(this.capacity);
    this.#deliveries[row] = delivery;
  }

  setTraits(row: number, traits: Traits): void {
    this.traits ??= new TraitColumns(this.capacity);
    this.traits.set(row, traits);
  }

  get full(): boolean {
    return this.closed || this.count === this.capacity;
  }

  /** Before its first row. */
  begin(sequence: number, position: number, acceptedAtMs: number): void {
    this.#beginning = sequence;
    this.#beginningPosition = position;
    this.#beginningMs = acceptedAtMs;
  }

  /** Whether the numbers of a later row can be told from here. */
  reaches(sequence: number, acceptedAtMs: number): boolean {
    const later = acceptedAtMs - this.#beginningMs;
    return sequence - this.#beginning <= DISTANCE_MAX && later >>> 0 === later;
  }

  reachesAll(of: Chunk): boolean {
    if (!this.reaches(of.last, of.acceptedAtMsOf(0))) return false;
    for (let row = 1; row < of.count; row += 1) if (!this.reaches(of.last, of.acceptedAtMsOf(row))) return false;
    return true;
  }

  /** The next row, READY; only while it is not full, and of what it `reaches`. */
  push(sequence: number, position: number, offset: number, length: number, acceptedAtMs: number): number {
    const row = this.count;
    this.step[row] = sequence - this.#beginning;
    this.move(row, position, offset);
    this.length[row] = length;
    this.later[row] = acceptedAtMs - this.#beginningMs;
    this.status[row] = READY;
    this.count = row + 1;
    this.live += 1;
    return row;
  }

  /**
   * As `push`, for messages `from` to before `to` of a run: neighbours in number and in their group. Gives the offset
   * behind the last.
   */
  pushRun(run: EntryRun, from: number, to: number, offset: number): number {
    const { firstSequence, position, lengths, acceptedAtMs } = run;
    const { step: steps, length: ownLengths, offset: offsets, later: laters, status } = this;
    const step = firstSequence + from - this.#beginning;
    const later = acceptedAtMs - this.#beginningMs;
    const row = this.count;
    let at = offset;
    this.move(row, position, offset);
    const behind = this.behind[row] as number;
    for (let i = from, into = row; i < to; i += 1, into += 1) {
      const length = lengths[i] as number;
      steps[into] = step + i - from;
      ownLengths[into] = length;
      offsets[into] = at;
      laters[into] = later;
      status[into] = READY;
      at += length;
    }
    if (this.#positions === null) this.behind.fill(behind, row, row + to - from);
    else this.#positions.fill(position, row, row + to - from);
    this.count = row + to - from;
    this.live += to - from;
    return at;
  }

  /** Its block stands elsewhere from now on. */
  move(row: number, position: number, offset: number): void {
    const behind = position - this.#beginningPosition;
    if (this.#positions === null && behind >>> 0 !== behind) this.#widen();
    if (this.#positions === null) this.behind[row] = behind;
    else this.#positions[row] = position;
    this.offset[row] = offset;
    if (position < this.lowestPosition) this.lowestPosition = position;
    if (position > this.highestPosition) this.highestPosition = position;
  }

  #widen(): void {
    this.#positions = Float64Array.from(this.behind, (behind) => this.#beginningPosition + behind);
  }

  /** Row of the sequence, or -1. Neighbours in one queue mostly have neighbouring numbers, so guess first. */
  find(sequence: number): number {
    const step = sequence - this.#beginning;
    const guess = step - (this.step[0] as number);
    if (guess >= 0 && guess < this.count && this.step[guess] === step) return guess;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const seen = this.step[middle] as number;
      if (seen === step) return middle;
      if (seen < step) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** All its rows, gone ones included, with room for more. */
  grown(capacity: number): Chunk {
    const grown = this.sibling(capacity);
    for (const column of COLUMNS) grown[column].set(this[column]);
    for (let row = 0; this.touched && row < this.count; row += 1) {
      grown.setCounts(row, this.failedOf(row), this.returnedOf(row));
    }
    if (this.#deliveries !== null) {
      grown.#deliveries = new Float64Array(capacity);
      grown.#deliveries.set(this.#deliveries);
    }
    if (this.#expires !== null) {
      grown.#expires = new Float64Array(capacity);
      grown.#expires.set(this.#expires);
    }
    if (this.#due !== null) {
      grown.#due = new Float64Array(capacity);
      grown.#due.set(this.#due);
    }
    grown.traits = this.traits?.grown(capacity) ?? null;
    grown.count = this.count;
    grown.live = this.live;
    grown.gaps = this.gaps;
    for (let row = 0; this.#positions !== null && row < this.count; row += 1) {
      grown.move(row, this.positionOf(row), this.offset[row] as number);
    }
    grown.lowestPosition = this.lowestPosition;
    grown.highestPosition = this.highestPosition;
    return grown;
  }

  /** An empty one that reaches whatever this one does. */
  sibling(capacity: number): Chunk {
    const sibling = new Chunk(capacity);
    sibling.begin(this.#beginning, this.#beginningPosition, this.#beginningMs);
    return sibling;
  }

  copyRow(from: Chunk, row: number, gap: number): void {
    const to = this.push(
      from.sequenceOf(row),
      from.positionOf(row),
      from.offset[row] as number,
      from.length[row] as number,
      from.acceptedAtMsOf(row),
    );
    const status = from.status[row] as number;
    if (status === LEASED) this.lease(to, from.deliveryOf(row));
    else if (status === WAITING) this.wait(to, from.dueOf(row));
    else this.status[to] = status;
    this.gap[to] = gap;
    if (gap === 1 && to > 0) this.gaps = true;
    this.setCounts(to, from.failedOf(row), from.returnedOf(row));
    this.setExpiry(to, from.expiresOf(row));
    const { traits } = from;
    if (traits?.has(row) === true) this.setTraits(to, { class: traits.classOf(row), lane: traits.laneOf(row) });
  }
}

const COLUMNS = ['offset', 'length', 'step', 'later', 'behind', 'status', 'gap'] as const;
