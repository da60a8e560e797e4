// Messages that wait for their next attempt, by the time it may begin. An item is stale when its message has moved
// on: it carries the count of failures it was made at, and whoever takes it compares.

import type { QueueId, Sequence } from './ids.ts';

export interface RetryItem {
  readonly atMs: number;
  readonly queue: QueueId;
  readonly sequence: Sequence;
  readonly failed: number;
}

export class RetryHeap {
  readonly #items: RetryItem[] = [];

  get size(): number {
    return this.#items.length;
  }

  get items(): readonly RetryItem[] {
    return this.#items;
  }

  /** When the earliest attempt may begin; Infinity without one. */
  get nextMs(): number {
    return this.#items[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  push(item: RetryItem): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = items[parent] as RetryItem;
      if (!earlier(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  /** Takes the earliest item that is due at `nowMs`, or gives null. */
  takeDue(nowMs: number): RetryItem | null {
    const items = this.#items;
    const top = items[0];
    if (top === undefined || top.atMs > nowMs) return null;
    const moved = items.pop() as RetryItem;
    if (items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && earlier(items[child + 1] as RetryItem, items[child] as RetryItem)) child += 1;
      const below = items[child] as RetryItem;
      if (!earlier(below, moved)) break;
      items[at] = below;
      at = child;
    }
    items[at] = moved;
    return top;
  }
}

/** By time, then by sequence, so that messages that failed together come back in order. */
const earlier = (a: RetryItem, b: RetryItem): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
