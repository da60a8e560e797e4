// Collects, for one queue, where its live messages stand. Rows come in the journal's order; a relocated message comes
// again, later and out of order, and its last place counts.

import { LostMessage } from './lost-message.ts';

const NUMBERS = 5;

export class LiveRows {
  readonly #runs: readonly number[];
  #numbers = new Float64Array(64 * NUMBERS);
  #count = 0;
  #sorted = true;
  #lastSequence = 0;

  /** `runs`: first and last sequence of each, in turn, ascending. */
  constructor(runs: readonly number[]) {
    this.#runs = runs;
  }

  /** Takes the row when its message lives. */
  offer(sequence: number, position: number, offset: number, length: number, acceptedAtMs: number): void {
    if (!this.#lives(sequence)) return;
    if ((this.#count + 1) * NUMBERS > this.#numbers.length) {
      const grown = new Float64Array(this.#numbers.length * 2);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    const at = this.#count * NUMBERS;
    this.#numbers[at] = sequence;
    this.#numbers[at + 1] = position;
    this.#numbers[at + 2] = offset;
    this.#numbers[at + 3] = length;
    this.#numbers[at + 4] = acceptedAtMs;
    this.#count += 1;
    if (sequence <= this.#lastSequence) this.#sorted = false;
    this.#lastSequence = Math.max(sequence, this.#lastSequence);
  }

  #lives(sequence: number): boolean {
    let low = 0;
    let high = this.#runs.length / 2 - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (sequence < (this.#runs[middle * 2] as number)) high = middle - 1;
      else if (sequence > (this.#runs[middle * 2 + 1] as number)) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** Gives each live message once, in order, at its last place; throws when a run's first or last has no row. */
  drain(
    take: (sequence: number, position: number, offset: number, length: number, acceptedAtMs: number) => void,
  ): void {
    const numbers = this.#numbers;
    const order = new Uint32Array(this.#count);
    for (let row = 0; row < order.length; row += 1) order[row] = row;
    const sequenceOf = (row: number): number => numbers[row * NUMBERS] as number;
    if (!this.#sorted) order.sort((a, b) => sequenceOf(a) - sequenceOf(b) || a - b);
    const seen = new Set<number>();
    for (let i = 0; i < order.length; i += 1) {
      const row = order[i] as number;
      const next = order[i + 1];
      if (next !== undefined && sequenceOf(next) === sequenceOf(row)) continue;
      const at = row * NUMBERS;
      const [sequence, position, offset, length, acceptedAtMs] = numbers.subarray(at, at + NUMBERS) as unknown as [
        number,
        number,
        number,
        number,
        number,
      ];
      if (this.#isEnd(sequence)) seen.add(sequence);
      take(sequence, position, offset, length, acceptedAtMs);
    }
    for (const end of this.#runs) {
      if (!seen.has(end)) throw new LostMessage(`message ${end}`);
    }
    this.#numbers = new Float64Array(0);
    this.#count = 0;
  }

  #isEnd(sequence: number): boolean {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const end = this.#runs[middle] as number;
      if (end === sequence) return true;
      if (end < sequence) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }
}
