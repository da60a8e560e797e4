// Numbers for the literal segments that patterns hold, so that the tree compares integers and each segment of a
// topic is hashed once, however many branches ask for it.
// Invariant: a segment has a number exactly as long as some pattern holds it; numbers are never used again.

import { invariant } from '../../domain/assert.ts';

/** Stands for a segment that no pattern holds: only wildcards can match it. */
export const NO_ATOM = 0;
/** Stands for `*` in a pattern; no segment has it. */
export const STAR_ATOM = -1;

export class SegmentAtoms {
  readonly #numbers = new Map<string, number>();
  /** How often each number is held. Apart from the numbers, which every look-up reads. */
  readonly #holders = new Map<number, number>();
  #last = NO_ATOM;

  get size(): number {
    return this.#numbers.size;
  }

  /** The segment's number, or `NO_ATOM`. */
  find(segment: string): number {
    return this.#numbers.get(segment) ?? NO_ATOM;
  }

  /** Counts one more holder, and gives a number to a segment that had none. */
  hold(segment: string): number {
    let number = this.#numbers.get(segment);
    if (number === undefined) {
      number = ++this.#last;
      this.#numbers.set(segment, number);
    }
    this.#holders.set(number, (this.#holders.get(number) ?? 0) + 1);
    return number;
  }

  release(segment: string): void {
    const number = this.find(segment);
    const holders = this.#holders.get(number);
    invariant(holders !== undefined, `released segment ${segment} is held`);
    if (holders > 1) {
      this.#holders.set(number, holders - 1);
    } else {
      this.#holders.delete(number);
      this.#numbers.delete(segment);
    }
  }
}
