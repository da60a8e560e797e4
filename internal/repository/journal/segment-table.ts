// All segments in order: oldest, ..., tail (where groups are placed), spares. Positions are dense over them, so that
// a position finds its segment by binary search. Also the book of live bytes, and what it says about trimming.
//
// Why trimming at the oldest end is enough: `sparse` names the oldest segment with live blocks whenever the sealed
// segments from there on take more than 2.5 times what the live ones would take if written anew. A full round over
// the journal then moves at most the live bytes L while at least 1.5 L of dead ones go, so copying never falls behind,
// and disk use stays below 2.5 L and the segments in use, however old the oldest message is.

import { invariant } from '../../domain/assert.ts';
import { asPosition, type Position } from '../../domain/ids.ts';
import { FIRST_SEGMENT_BYTES_MAX } from './format/layout.ts';
import { Segment } from './segment.ts';

/** Bytes beside the block that a relocated entry takes, generously: so that moving never costs more than it frees. */
const ENTRY_BYTES = 64;
/** What it really takes with a few queues. */
const MOVED_ENTRY_BYTES = 32;
const SPARSE_FACTOR = 2.5;

export interface Placed {
  readonly position: number;
  readonly segment: Segment;
  readonly offset: number;
}

/** What keeps a segment, or the group being built, alive. */
interface LiveBook {
  liveBytes: number;
  liveEntries: number;
}

export class SegmentTable {
  readonly #segmentBytes: number;
  readonly #salt: () => number;
  readonly #list: Segment[];
  #tail: number;
  #last: number;
  #live = 0;
  #entries = 0;
  /** Where the last block was booked: blocks come in runs. */
  #recent: Segment | null = null;
  readonly #openLive: LiveBook = { liveBytes: 0, liveEntries: 0 };

  /** `list` is in order of id; `tail` the index of the one that takes the next group, planned if need be. */
  constructor(list: readonly Segment[], tail: number, last: number, segmentBytes: number, salt: () => number) {
    this.#last = last;
    this.#list = [...list];
    this.#segmentBytes = segmentBytes;
    this.#salt = salt;
    this.#tail = tail;
    if (tail === this.#list.length) this.plan();
  }

  get segments(): readonly Segment[] {
    return this.#list;
  }

  get segmentBytes(): number {
    return this.#segmentBytes;
  }

  /** What the next segment that is planned takes. */
  get nextBytes(): number {
    return this.#list.length === 0 ? Math.min(this.#segmentBytes, FIRST_SEGMENT_BYTES_MAX) : this.#segmentBytes;
  }

  get liveBytes(): number {
    return this.#live;
  }

  get tail(): Segment {
    return this.#list[this.#tail] as Segment;
  }

  /** The last position given; the group being built will have the next. */
  get last(): number {
    return this.#last;
  }

  get spares(): readonly Segment[] {
    return this.#list.slice(this.#tail + 1);
  }

  get diskBytes(): number {
    return this.#list.reduce((sum, segment) => sum + (segment.phase === 'planned' ? 0 : segment.bytes), 0);
  }

  /** Adds one behind the last. The very first one is small: it stands between an empty broker and being ready. */
  plan(): Segment {
    const last = this.#list.at(-1);
    const bytes = this.nextBytes;
    const first = last === undefined ? 1 : last.last + 1;
    const segment = new Segment((last?.id ?? 0) + 1, bytes, this.#salt(), 'planned', first);
    this.#list.push(segment);
    return segment;
  }

  /** Gives the next group its position, segment and place, rotating where the tail has no room for it. */
  place(groupBytes: number, metaLength: number): Placed {
    while (!this.tail.fits(groupBytes)) this.#rotate();
    const segment = this.tail;
    const offset = segment.append(groupBytes, metaLength);
    this.#last += 1;
    segment.liveBytes += this.#openLive.liveBytes;
    segment.liveEntries += this.#openLive.liveEntries;
    this.#openLive.liveBytes = 0;
    this.#openLive.liveEntries = 0;
    return { position: this.#last, segment, offset };
  }

  /** The tail takes no further groups; the next segment does, and those behind it begin where it begins. */
  #rotate(): void {
    const next = this.tail.last + 1;
    this.#tail += 1;
    if (this.#tail === this.#list.length) this.plan();
    for (let i = this.#tail; i < this.#list.length; i += 1) (this.#list[i] as Segment).first = next;
  }

  find(position: number): Segment | undefined {
    const list = this.#list;
    const tail = list[this.#tail] as Segment;
    if (position >= tail.first) return tail.holds(position) ? tail : undefined;
    let low = 0;
    let high = this.#tail;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle] as Segment).last < position) low = middle + 1;
      else high = middle;
    }
    const found = list[low] as Segment;
    return found.holds(position) ? found : undefined;
  }

  after(segment: Segment): Segment | undefined {
    return this.#list[segment.id - (this.#list[0] as Segment).id + 1];
  }

  /** A position above the last placed one is that of the group being built. */
  retain(position: number, bytes: number, entries = 1): void {
    const holder = this.#holding(position);
    holder.liveBytes += bytes;
    holder.liveEntries += entries;
    this.#live += bytes;
    this.#entries += entries;
  }

  release(position: number, bytes: number, entries = 1): void {
    const holder = this.#holding(position);
    holder.liveBytes -= bytes;
    holder.liveEntries -= entries;
    this.#live -= bytes;
    this.#entries -= entries;
  }

  #holding(position: number): LiveBook {
    if (position > this.#last) return this.#openLive;
    if (this.#recent?.holds(position) === true) return this.#recent;
    const segment = this.find(position);
    invariant(segment !== undefined, `a live block stands in the journal: position ${position}`);
    this.#recent = segment;
    return segment;
  }

  /**
   * The oldest range that is worth moving. `room`: bytes that moving may use on a disk that is full, where any segment
   * that is won counts; null on one that is not.
   */
  sparse(room: number | null): { readonly first: Position; readonly last: Position } | null {
    const oldest = this.#list.findIndex((segment) => segment.liveEntries > 0);
    if (oldest < 0 || this.#list[oldest]?.phase !== 'sealed') return null;
    let sealed = 0;
    for (const segment of this.#list.slice(oldest, this.#tail)) sealed += segment.bytes;
    const anew = this.#live + this.#entries * ENTRY_BYTES;
    const worth = sealed > SPARSE_FACTOR * anew + this.#segmentBytes;
    if (!worth && (room === null || !this.#wins(oldest, room))) return null;
    const segment = this.#list[oldest] as Segment;
    return { first: asPosition(segment.first), last: asPosition(segment.last) };
  }

  /**
   * Whether a round from the oldest on wins a segment, and never needs more room before it has won it. Without the
   * second half it would use up what settlements need, and win nothing.
   */
  #wins(oldest: number, room: number): boolean {
    let dead = 0;
    let taken = 0;
    for (const segment of this.#list.slice(oldest, this.#tail)) {
      const anew = segment.liveBytes + segment.liveEntries * MOVED_ENTRY_BYTES;
      taken += anew;
      if (taken > room) return false;
      taken -= segment.bytes;
      dead += segment.bytes - anew;
      if (dead >= this.#segmentBytes) return true;
    }
    return false;
  }

  /** All segments that end at or below are sealed and dead. */
  liveFloor(): Position {
    const needed = this.#list.find((segment) => segment.phase !== 'sealed' || segment.liveEntries > 0) as Segment;
    return asPosition(needed.first - 1);
  }

  /** The oldest segment, if it is dead, ends at or below `below`, and is not the last that holds groups. */
  trimmable(below: number, durable: number): Segment | null {
    const oldest = this.#list[0] as Segment;
    const dead = oldest.phase === 'sealed' && oldest.liveEntries === 0 && oldest.pins === 0;
    // The next group must be durable: positions go on from the last one found on disk.
    return dead && oldest.last <= below && oldest.last < durable ? oldest : null;
  }

  /** Forgets the oldest. */
  shift(): void {
    if (this.#list.shift() === this.#recent) this.#recent = null;
    this.#tail -= 1;
  }
}
