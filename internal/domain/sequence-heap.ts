// A min-heap of sequences: messages that became ready again behind the queue's cursor. Entries may be stale or
// twice in here; whoever takes one looks at its status.

import { asSequence, type Sequence } from './ids.ts';

export class SequenceHeap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  get items(): readonly number[] {
    return this.#items;
  }

  push(sequence: Sequence): void {
    const items = this.#items;
    let at = items.push(sequence) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = items[parent] as number;
      if (above <= sequence) break;
      items[at] = above;
      at = parent;
    }
    items[at] = sequence;
  }

  peek(): Sequence | null {
    const top = this.#items[0];
    return top === undefined ? null : asSequence(top);
  }

  /** Forgets what is not wanted. */
  keep(wanted: (sequence: Sequence) => boolean): void {
    const kept = [...new Set(this.#items)].filter((item) => wanted(asSequence(item))).sort((a, b) => a - b);
    this.#items.length = 0;
    for (const item of kept) this.#items.push(item);
  }

  pop(): void {
    const items = this.#items;
    const moved = items.pop();
    if (moved === undefined || items.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child += 1;
      const below = items[child] as number;
      if (below >= moved) break;
      items[at] = below;
      at = child;
    }
    items[at] = moved;
  }
}
