// What happens to messages at a time: those that wait until one, or are worth nothing after one, the earliest first. An
// item is stale when its message has moved on: it says what it was made for, and whoever takes it compares.
//
// Columns and no objects: a message that is scheduled costs 32 bytes here.

import { asQueueId, asSequence, type QueueId, type Sequence } from './ids.ts';

export interface TimeItem {
  readonly atMs: number;
  readonly queue: QueueId;
  readonly sequence: Sequence;
  /** How often the message had failed. */
  readonly failed: number;
}

export class TimeHeap implements Iterable<TimeItem> {
  readonly #times: number[] = [];
  readonly #queues: number[] = [];
  readonly #sequences: number[] = [];
  readonly #failed: number[] = [];

  get size(): number {
    return this.#times.length;
  }

  /** In no order. */
  *[Symbol.iterator](): Generator<TimeItem> {
    for (let at = 0; at < this.#times.length; at += 1) yield this.#item(at);
  }

  /** The earliest time; Infinity without one. */
  get nextMs(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push({ atMs, queue, sequence, failed }: TimeItem): void {
    let at = this.#times.length;
    // The arrays grow by the new item, which then sinks into its place from below.
    this.#put(at, atMs, queue, sequence, failed);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isEarlier(atMs, sequence, parent)) break;
      this.#copy(parent, at);
      at = parent;
    }
    this.#put(at, atMs, queue, sequence, failed);
  }

  /** Takes the earliest item that is due at `nowMs`, or gives null. */
  takeDue(nowMs: number): TimeItem | null {
    if (this.nextMs > nowMs) return null;
    const top = this.#item(0);
    const size = this.#times.length - 1;
    const moved = this.#item(size);
    for (const column of [this.#times, this.#queues, this.#sequences, this.#failed]) column.length = size;
    if (size === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#isEarlier(this.#times[right] as number, this.#sequences[right] as number, child)) {
        child = right;
      }
      if (!this.#isLater(moved, child)) break;
      this.#copy(child, at);
      at = child;
    }
    this.#put(at, moved.atMs, moved.queue, moved.sequence, moved.failed);
    return top;
  }

  #item(at: number): TimeItem {
    return {
      atMs: this.#times[at] as number,
      queue: asQueueId(this.#queues[at] as number),
      sequence: asSequence(this.#sequences[at] as number),
      failed: this.#failed[at] as number,
    };
  }

  #put(at: number, atMs: number, queue: number, sequence: number, failed: number): void {
    this.#times[at] = atMs;
    this.#queues[at] = queue;
    this.#sequences[at] = sequence;
    this.#failed[at] = failed;
  }

  #copy(from: number, to: number): void {
    const { atMs, queue, sequence, failed } = this.#item(from);
    this.#put(to, atMs, queue, sequence, failed);
  }

  /** By time, then by sequence, so that messages that are due together come in order. */
  #isEarlier(atMs: number, sequence: number, than: number): boolean {
    const other = this.#times[than] as number;
    return atMs < other || (atMs === other && sequence < (this.#sequences[than] as number));
  }

  #isLater({ atMs, sequence }: TimeItem, than: number): boolean {
    const other = this.#times[than] as number;
    return other < atMs || (other === atMs && (this.#sequences[than] as number) < sequence);
  }
}
