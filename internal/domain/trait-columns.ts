// The traits of the rows of one chunk, as columns from the first row on that has such a trait: a class costs a byte a row, a
// lane eight.

import { NO_CLASS, NO_LANE, type Traits } from './message-traits.ts';

export class TraitColumns {
  readonly #capacity: number;
  #classes: Uint8Array | null = null;
  #lanes: Float64Array | null = null;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  classOf(row: number): number {
    return this.#classes === null ? NO_CLASS : (this.#classes[row] as number);
  }

  laneOf(row: number): number {
    return this.#lanes === null ? NO_LANE : (this.#lanes[row] as number);
  }

  /** It has its place by its class or its lane, not by its number alone. */
  has(row: number): boolean {
    return this.laneOf(row) !== NO_LANE || this.classOf(row) !== NO_CLASS;
  }

  set(row: number, { class: rank, lane }: Traits): void {
    if (rank !== NO_CLASS) {
      this.#classes ??= new Uint8Array(this.#capacity);
      this.#classes[row] = rank;
    }
    if (lane !== NO_LANE) {
      this.#lanes ??= new Float64Array(this.#capacity);
      this.#lanes[row] = lane;
    }
  }

  grown(capacity: number): TraitColumns {
    const grown = new TraitColumns(capacity);
    if (this.#classes !== null) {
      grown.#classes = new Uint8Array(capacity);
      grown.#classes.set(this.#classes);
    }
    if (this.#lanes !== null) {
      grown.#lanes = new Float64Array(capacity);
      grown.#lanes.set(this.#lanes);
    }
    return grown;
  }
}
