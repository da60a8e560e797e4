// What happens to messages at a time: those that wait until one, or are worth nothing after one, the earliest first. An
// item is stale when its message has moved on: it says what it was made for, and whoever takes it compares.
//
// Columns and no objects: a message that is scheduled costs 20 bytes here, twice that at worst, while the columns have
// room for more.

import { asQueueId, asSequence, type QueueId, type Sequence } from './ids.ts';

export interface TimeItem {
  readonly atMs: number;
  readonly queue: QueueId;
  readonly sequence: Sequence;
}

/** Which items are looked for, and how many of them. */
export interface TimeQuestion {
  /** Behind this one; null: from the first. */
  readonly after: TimeItem | null;
  readonly fromMs: number;
  /** That time excluded. */
  readonly toMs: number;
  /** Null: of all queues. */
  readonly queue: QueueId | null;
  readonly limit: number;
}

const CAPACITY_MIN = 64;
/** A heap this small is not worth cleaning. */
const CLEANED_FROM = 1_024;

export class TimeHeap implements Iterable<TimeItem> {
  #size = 0;
  #times = new Float64Array(CAPACITY_MIN);
  #sequences = new Float64Array(CAPACITY_MIN);
  #queues = new Uint32Array(CAPACITY_MIN);

  /** So many items may be stale since it was last cleaned: whoever moves a message on counts here. */
  stale = 0;

  get size(): number {
    return this.#size;
  }

  /** At least half may be stale. */
  get wantsCleaning(): boolean {
    return this.#size >= CLEANED_FROM && this.stale * 2 >= this.#size;
  }

  /** Keeps only these. Costs as much as there are items; by `wantsCleaning`, a constant for each that went stale. */
  clean(isLive: (item: TimeItem) => boolean): void {
    const items = [...this].filter(isLive);
    this.#size = 0;
    this.stale = 0;
    this.#resize(Math.max(CAPACITY_MIN, items.length * 2));
    for (const item of items) this.push(item);
  }

  /** In no order. */
  *[Symbol.iterator](): Generator<TimeItem> {
    for (let at = 0; at < this.#size; at += 1) yield this.#item(at);
  }

  /**
   * The earliest of those that `isWanted`, in order of time, sequence and queue. A look at each item, by its numbers alone
   * where it is beyond those that were found: a few milliseconds for a million.
   */
  earliest({ after, fromMs, toMs, queue, limit }: TimeQuestion, isWanted: (item: TimeItem) => boolean): TimeItem[] {
    const found: TimeItem[] = [];
    for (let at = 0; at < this.#size; at += 1) {
      const atMs = this.#times[at]!;
      if (atMs < fromMs || atMs >= toMs || (queue !== null && this.#queues[at] !== queue)) continue;
      if (after !== null && atMs < after.atMs) continue;
      if (found.length === limit && atMs > found[limit - 1]!.atMs) continue;
      const item = this.#item(at);
      if ((after !== null && compare(item, after) <= 0) || !isWanted(item)) continue;
      let place = found.length;
      while (place > 0 && compare(found[place - 1]!, item) > 0) place -= 1;
      // A message that was moved away and back has two items of one time.
      if (place > 0 && compare(found[place - 1]!, item) === 0) continue;
      found.splice(place, 0, item);
      if (found.length > limit) found.pop();
    }
    return found;
  }

  /** The earliest time; Infinity without one. */
  get nextMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!;
  }

  push({ atMs, queue, sequence }: TimeItem): void {
    if (this.#size === this.#times.length) this.#resize(this.#size * 2);
    let at = this.#size;
    this.#size += 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isEarlier(atMs, sequence, parent)) break;
      this.#copy(parent, at);
      at = parent;
    }
    this.#put(at, atMs, queue, sequence);
  }

  /** Takes the earliest item that is due at `nowMs`, or gives null. */
  takeDue(nowMs: number): TimeItem | null {
    if (this.nextMs > nowMs) return null;
    const top = this.#item(0);
    this.#size -= 1;
    const size = this.#size;
    const moved = this.#item(size);
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      const right = child + 1;
      if (right < size && this.#isEarlier(this.#times[right]!, this.#sequences[right]!, child)) child = right;
      if (this.#isEarlier(moved.atMs, moved.sequence, child)) break;
      this.#copy(child, at);
      at = child;
    }
    this.#put(at, moved.atMs, moved.queue, moved.sequence);
    if (size >= CAPACITY_MIN && size * 4 <= this.#times.length) this.#resize(size * 2);
    return top;
  }

  #item(at: number): TimeItem {
    return {
      atMs: this.#times[at]!,
      queue: asQueueId(this.#queues[at]!),
      sequence: asSequence(this.#sequences[at]!),
    };
  }

  #put(at: number, atMs: number, queue: number, sequence: number): void {
    this.#times[at] = atMs;
    this.#queues[at] = queue;
    this.#sequences[at] = sequence;
  }

  #copy(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#queues[from]!, this.#sequences[from]!);
  }

  /** By time, then by sequence, so that messages that are due together come in order. */
  #isEarlier(atMs: number, sequence: number, than: number): boolean {
    const other = this.#times[than]!;
    return atMs < other || (atMs === other && sequence < this.#sequences[than]!);
  }

  #resize(capacity: number): void {
    const resized = <Column extends Float64Array | Uint32Array>(column: Column, into: Column): Column => {
      into.set(column.subarray(0, this.#size));
      return into;
    };
    this.#times = resized(this.#times, new Float64Array(capacity));
    this.#sequences = resized(this.#sequences, new Float64Array(capacity));
    this.#queues = resized(this.#queues, new Uint32Array(capacity));
  }
}

const compare = (a: TimeItem, b: TimeItem): number => a.atMs - b.atMs || a.sequence - b.sequence || a.queue - b.queue;
