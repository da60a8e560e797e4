// The messages of one queue, as columns of numbers in chunks ordered by sequence. A waiting message costs 22 bytes.
//
// An entry is found by its sequence, never by an index that could move. A chunk that is empty goes; one that is
// mostly empty is rewritten smaller. `gap` marks an entry before which others were taken out, so that a checkpoint
// can name the live ones as runs ("everything of this queue from a to b") without listing each.

import { InvariantError, invariant } from './assert.ts';
import { Chunk, DEAD, type EntryRun, type EntryStatus, GONE, READY } from './entry-chunk.ts';
import { asDeliveryId, asPosition, asSequence, type DeliveryId, type Position, type Sequence } from './ids.ts';

export {
  Chunk,
  DEAD,
  type EntryStatus,
  FAILED_COUNT_MAX,
  GONE,
  LEASED,
  READY,
  RETURNED_COUNT_MAX,
  WAITING,
} from './entry-chunk.ts';

const NONE: ReadonlySet<Sequence> = new Set();
const CHUNK_FIRST = 8;
/** Rows that an empty queue may keep. */
const CHUNK_KEPT = 64;
const CHUNK_MAX = 1024;

/** A place in the table; valid until the next change of the table. */
export interface Place {
  readonly chunk: Chunk;
  readonly row: number;
}

export class EntryTable {
  #chunks: Chunk[] = [];
  /** The last chunk found: settles come in runs. */
  #recent: Chunk | null = null;
  #live = 0;
  #runEnded = false;
  /** Where `fresh` looks next: everything before is not READY, or is known to the heap of returned ones. */
  #cursorChunk = 0;
  #cursorRow = 0;

  get size(): number {
    return this.#live;
  }

  get chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  /** Appends an entry; sequences only grow. */
  append(sequence: Sequence, position: Position, offset: number, length: number, acceptedAtMs: number): void {
    const chunk = this.#open(sequence, sequence, position, acceptedAtMs);
    this.#endGap(chunk, chunk.push(sequence, position, offset, length, acceptedAtMs));
    this.#live += 1;
  }

  /** As many `append`s, the first block at `offset`. */
  appendRun(run: EntryRun, offset: number): void {
    const { firstSequence, position, lengths, acceptedAtMs } = run;
    const count = lengths.length;
    let at = offset;
    for (let from = 0; from < count; ) {
      const first = firstSequence + from;
      const chunk = this.#open(first, firstSequence + count - 1, position, acceptedAtMs);
      const to = Math.min(count, from + chunk.capacity - chunk.count);
      const row = chunk.count;
      at = chunk.pushRun(run, from, to, at);
      this.#endGap(chunk, row);
      from = to;
    }
    this.#live += count;
  }

  /** The chunk that takes the next row, and reaches up to `last`. */
  #open(sequence: number, last: number, position: number, acceptedAtMs: number): Chunk {
    let chunk = this.#chunks.at(-1);
    if (chunk !== undefined && chunk.last >= sequence) {
      throw new InvariantError(`entries come in the order of their sequences: ${sequence} after ${chunk.last}`);
    }
    if (chunk !== undefined && !chunk.reaches(last, acceptedAtMs)) chunk.closed = true;
    if (chunk === undefined || chunk.full) {
      chunk = this.#extend(chunk);
      if (chunk.count === 0) chunk.begin(sequence, position, acceptedAtMs);
    }
    return chunk;
  }

  #endGap(chunk: Chunk, row: number): void {
    if (!this.#runEnded) return;
    this.#runEnded = false;
    chunk.gap[row] = 1;
    if (row > 0) chunk.gaps = true;
  }

  /** The queue was given others behind the last entry, and they are gone: no run goes on from it. */
  endRun(): void {
    this.#runEnded = true;
  }

  #extend(last: Chunk | undefined): Chunk {
    // A chunk that the cursor has left stays as it is: what came into it now would never be found as fresh.
    const open = last !== undefined && !last.closed && this.#cursorChunk < this.#chunks.length;
    if (open && last.capacity < CHUNK_MAX && last.live > last.capacity / 2) {
      // Small queues stay small; a growing one doubles its only open chunk.
      const grown = last.grown(Math.min(CHUNK_MAX, last.capacity * 2));
      this.#chunks[this.#chunks.length - 1] = grown;
      this.#recent = null;
      return grown;
    }
    // Sized by what is in the queue now, not by what a burst once was.
    const chunk = new Chunk(Math.min(CHUNK_MAX, Math.max(CHUNK_FIRST, (last?.live ?? 0) * 2)));
    this.#chunks.push(chunk);
    return chunk;
  }

  /** The entry of this sequence, unless it is gone. */
  find(sequence: Sequence): Place | null {
    const chunk = this.chunkOf(sequence);
    if (chunk === null) return null;
    const row = chunk.find(sequence);
    return row < 0 || chunk.status[row] === GONE ? null : { chunk, row };
  }

  /** The chunk in whose range this sequence lies; it may lack it all the same. */
  chunkOf(sequence: number): Chunk | null {
    const recent = this.#recent;
    if (recent !== null && recent.count > 0 && recent.first <= sequence && sequence <= recent.last) return recent;
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle] as Chunk;
      if (sequence < chunk.first) high = middle - 1;
      else if (sequence > chunk.last) low = middle + 1;
      else {
        this.#recent = chunk;
        return chunk;
      }
    }
    return null;
  }

  /**
   * The first READY entry at or after the cursor that has no traits, or null. Moves the cursor over the others, and over the
   * entries in `skipped`, which must not become ready again without being known to the heap of returned ones.
   */
  fresh(skipped: ReadonlySet<Sequence> = NONE): Place | null {
    while (this.#cursorChunk < this.#chunks.length) {
      const chunk = this.#chunks[this.#cursorChunk] as Chunk;
      const { status, count, traits } = chunk;
      let row = this.#cursorRow;
      while (
        row < count &&
        (status[row] !== READY ||
          traits?.has(row) === true ||
          (skipped.size > 0 && skipped.has(asSequence(chunk.sequenceOf(row)))))
      ) {
        row += 1;
      }
      this.#cursorRow = row;
      if (row < count) return { chunk, row };
      if (this.#cursorChunk === this.#chunks.length - 1) return null;
      this.#cursorChunk += 1;
      this.#cursorRow = 0;
      // What was taken out while the cursor stood here could not shrink the chunk then.
      if (chunk.live === 0) this.#drop(chunk);
      else this.#shrink(chunk);
    }
    return null;
  }

  /** The cursor leaves the entry that `fresh` gave: it is about to be leased. */
  passFresh(): void {
    this.#cursorRow += 1;
  }

  /** Whether the cursor has passed this sequence, so that `fresh` would not find it again. */
  passed(sequence: Sequence): boolean {
    const chunk = this.#chunks[this.#cursorChunk];
    if (chunk === undefined) return true;
    if (this.#cursorRow < chunk.count) return sequence < chunk.sequenceOf(this.#cursorRow);
    return sequence <= chunk.last;
  }

  /** Puts the cursor back to the start: used once, after recovery has rebuilt the table. */
  rewind(): void {
    this.#cursorChunk = 0;
    this.#cursorRow = 0;
  }

  /** Takes an entry out for good. */
  remove(chunk: Chunk, row: number): void {
    invariant(chunk.status[row] !== GONE, 'an entry is taken out once');
    chunk.status[row] = GONE;
    chunk.live -= 1;
    this.#live -= 1;
    // An empty queue keeps a small chunk only. It takes as many appends to grow a large one again.
    if (!chunk.full && (this.#live > 0 || chunk.capacity <= CHUNK_KEPT)) return;
    if (chunk.live === 0) this.#drop(chunk);
    else this.#shrink(chunk);
  }

  #drop(chunk: Chunk): void {
    const index = this.#indexOf(chunk);
    if (index === this.#chunks.length - 1 && index === this.#cursorChunk) {
      // The open end of the table: the next append makes a new chunk, and the cursor waits for it.
      this.#cursorRow = 0;
    } else if (index < this.#cursorChunk) {
      this.#cursorChunk -= 1;
    } else if (index === this.#cursorChunk) {
      this.#cursorRow = 0;
    }
    this.#chunks.splice(index, 1);
    if (this.#recent === chunk) this.#recent = null;
  }

  /** Rewrites a full chunk that the cursor has left without its gone rows, together with a small one before it. */
  #shrink(chunk: Chunk): void {
    if (chunk.live > chunk.capacity >>> 2) return;
    const index = this.#indexOf(chunk);
    if (index >= this.#cursorChunk) return;
    const before = index > 0 ? (this.#chunks[index - 1] as Chunk) : null;
    const small = before !== null && before.live + chunk.live <= CHUNK_MAX >>> 1;
    const merge = small && before.reachesAll(chunk) ? before : null;
    const rewritten = (merge ?? chunk).sibling(chunk.live + (merge?.live ?? 0));
    for (const source of merge === null ? [chunk] : [merge, chunk]) {
      let gap = 1;
      for (let row = 0; row < source.count; row += 1) {
        if (source.status[row] === GONE) gap = 1;
        else {
          rewritten.copyRow(source, row, gap | (source.gap[row] as number));
          gap = 0;
        }
      }
    }
    if (merge === null) this.#chunks[index] = rewritten;
    else {
      this.#chunks.splice(index - 1, 2, rewritten);
      this.#cursorChunk -= 1;
    }
    this.#recent = null;
  }

  #indexOf(chunk: Chunk): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle] as Chunk).last < chunk.first) low = middle + 1;
      else high = middle;
    }
    invariant(this.#chunks[low] === chunk, 'a chunk belongs to its table');
    return low;
  }

  /** The oldest entry that is neither gone nor dead, or null. Reads past the dead ones of the first chunks. */
  oldest(): Place | null {
    for (const chunk of this.#chunks) {
      for (let row = 0; row < chunk.count; row += 1) {
        const status = chunk.status[row];
        if (status !== GONE && status !== DEAD) return { chunk, row };
      }
    }
    return null;
  }

  /** All entries that are not gone, in order. */
  *places(from: Sequence = asSequence(0)): Generator<Place> {
    for (const chunk of [...this.#chunks]) {
      if (chunk.count === 0 || chunk.last < from) continue;
      for (let row = 0; row < chunk.count; row += 1) {
        if (chunk.status[row] !== GONE && chunk.sequenceOf(row) >= from) yield { chunk, row };
      }
    }
  }

  /** Runs of live sequences, ends included: every entry that this queue was ever given within one is live. */
  *runs(): Generator<readonly [first: number, last: number]> {
    for (const chunk of this.#chunks) {
      if (chunk.live === 0) continue;
      if (chunk.live === chunk.count && !chunk.gaps) {
        yield [chunk.first, chunk.last];
        continue;
      }
      let first = -1;
      let last = -1;
      for (let row = 0; row < chunk.count; row += 1) {
        const gone = chunk.status[row] === GONE;
        if (first >= 0 && (gone || chunk.gap[row] === 1)) {
          yield [first, last];
          first = -1;
        }
        if (gone) continue;
        last = chunk.sequenceOf(row);
        if (first < 0) first = last;
      }
      if (first >= 0) yield [first, last];
    }
  }

  checkInvariants(): void {
    let live = 0;
    let last = 0;
    for (const chunk of this.#chunks) {
      let chunkLive = 0;
      let unbound: number | null = null;
      for (let row = 0; row < chunk.count; row += 1) {
        const sequence = chunk.sequenceOf(row);
        invariant(sequence > last, `sequences grow: ${sequence} after ${last}`);
        const position = chunk.positionOf(row);
        if (position < chunk.lowestPosition || position > chunk.highestPosition) unbound = sequence;
        last = sequence;
        if (chunk.status[row] !== GONE) chunkLive += 1;
      }
      invariant(unbound === null, `a chunk bounds the positions of its rows: not that of message ${unbound}`);
      invariant(chunkLive === chunk.live, `a chunk counts its live rows: ${chunk.live}, seen ${chunkLive}`);
      live += chunkLive;
    }
    invariant(live === this.#live, `the table counts its live rows: ${this.#live}, seen ${live}`);
  }
}

export const sequenceAt = ({ chunk, row }: Place): Sequence => asSequence(chunk.sequenceOf(row));
export const positionAt = ({ chunk, row }: Place): Position => asPosition(chunk.positionOf(row));
export const offsetAt = ({ chunk, row }: Place): number => chunk.offset[row] as number;
export const lengthAt = ({ chunk, row }: Place): number => chunk.length[row] as number;
export const statusAt = ({ chunk, row }: Place): EntryStatus => chunk.status[row] as EntryStatus;
export const failedAt = ({ chunk, row }: Place): number => chunk.failedOf(row);
export const returnedAt = ({ chunk, row }: Place): number => chunk.returnedOf(row);
export const acceptedAtMsAt = ({ chunk, row }: Place): number => chunk.acceptedAtMsOf(row);
/** Until when it waits. */
export const dueAt = ({ chunk, row }: Place): number => chunk.dueOf(row);
/** When it is worth nothing any more; 0: never. */
export const expiresAt = ({ chunk, row }: Place): number => chunk.expiresOf(row);
export const classAt = ({ chunk, row }: Place): number => chunk.traits?.classOf(row) ?? 0;
export const laneAt = ({ chunk, row }: Place): number => chunk.traits?.laneOf(row) ?? 0;
/** It has its place by its class or its lane. */
export const hasTraits = ({ chunk, row }: Place): boolean => chunk.traits?.has(row) === true;
/** Of an entry that is LEASED. */
export const deliveryAt = ({ chunk, row }: Place): DeliveryId => asDeliveryId(chunk.deliveryOf(row));
