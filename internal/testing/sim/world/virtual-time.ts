// Virtual time: one queue of events, by time and then by the order in which they were asked for. Everything that
// happens in a simulation happens in one of them, so the order of all things follows from the seed alone.
// What a process has asked for dies with it, and waits while it is stopped.

import type { Timers } from '../../../usecase/ports/timers.ts';

/** One process from its start to its end. */
export class Life {
  alive = true;
  /** Until when the process is stopped, as by SIGSTOP: its events wait. */
  stoppedUntilMs = 0;
}

interface Occasion {
  atMs: number;
  order: number;
  /** null: belongs to nobody that could die. */
  readonly life: Life | null;
  call: (() => void) | null;
}

export class VirtualTime {
  #nowMs = 0;
  #order = 0;
  #steps = 0;
  readonly #heap: Occasion[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Counts what has happened: a clock that never stands still. */
  get steps(): number {
    return this.#steps;
  }

  /** Calls once at `atMs`, at the earliest now; the result cancels. */
  at(atMs: number, call: () => void, life: Life | null = null): () => void {
    this.#order += 1;
    const occasion: Occasion = { atMs: Math.max(atMs, this.#nowMs), order: this.#order, life, call };
    this.#push(occasion);
    return () => {
      occasion.call = null;
    };
  }

  after(ms: number, call: () => void, life: Life | null = null): () => void {
    return this.at(this.#nowMs + ms, call, life);
  }

  timersOf(life: Life): Timers {
    return { after: (ms, call) => this.after(ms, call, life) };
  }

  /** Lets the next thing happen; false when nothing is left. */
  step(): boolean {
    for (;;) {
      const next = this.#pop();
      if (next === undefined) return false;
      const { call, life } = next;
      if (call === null || life?.alive === false) continue;
      if (life !== null && life.stoppedUntilMs > next.atMs) {
        this.#order += 1;
        next.atMs = life.stoppedUntilMs;
        next.order = this.#order;
        this.#push(next);
        continue;
      }
      this.#nowMs = next.atMs;
      this.#steps += 1;
      call();
      return true;
    }
  }

  #push(occasion: Occasion): void {
    const heap = this.#heap;
    let at = heap.push(occasion) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent] as Occasion;
      if (!earlier(occasion, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = occasion;
  }

  #pop(): Occasion | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const moved = heap.pop();
    if (top === undefined || moved === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1] as Occasion, heap[child] as Occasion)) child += 1;
      const below = heap[child] as Occasion;
      if (!earlier(below, moved)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = moved;
    return top;
  }
}

const earlier = (a: Occasion, b: Occasion): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
