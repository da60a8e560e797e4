// The deepest few of very many, and one sum of the rest: what keeps a scrape small however many queues there are. One
// look at each, in a heap that holds no more than is shown.
// Invariant: the heap's root is the shallowest of those kept.

interface Deep {
  readonly depth: number;
}

export class Deepest<Item extends Deep> {
  readonly #max: number;
  readonly #rest: (item: Item) => void;
  readonly #heap: Item[] = [];

  /** `rest` is given each item that is not among the `max` deepest. */
  constructor(max: number, rest: (item: Item) => void) {
    this.#max = max;
    this.#rest = rest;
  }

  add(item: Item): void {
    if (this.#heap.length < this.#max) {
      this.#heap.push(item);
      this.#rise(this.#heap.length - 1);
      return;
    }
    const shallowest = this.#heap[0];
    if (shallowest === undefined || item.depth <= shallowest.depth) return this.#rest(item);
    this.#heap[0] = item;
    this.#sink();
    this.#rest(shallowest);
  }

  /** The deepest first; of equals, in no order that means anything. */
  items(): readonly Item[] {
    return [...this.#heap].sort((a, b) => b.depth - a.depth);
  }

  #depth(index: number): number {
    return this.#heap[index]?.depth ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a] as Item;
    this.#heap[a] = this.#heap[b] as Item;
    this.#heap[b] = held;
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#depth(parent) <= this.#depth(index)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      const child = this.#depth(left + 1) < this.#depth(left) ? left + 1 : left;
      if (this.#depth(child) >= this.#depth(index)) return;
      this.#swap(index, child);
      index = child;
    }
  }
}
