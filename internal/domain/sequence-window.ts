// Which of a producer's own numbers were accepted: a bitmap over the last 16,384 of them. One found there is a
// duplicate, one not found there is new (also after a refusal), one below it can no longer be told and is refused.

const SPAN = 16_384;
export const SEQUENCE_WINDOW = SPAN;

export type Seen = 'new' | 'duplicate' | 'too-old';

export class SequenceWindow {
  readonly #bits: Uint32Array;
  #highest: number;

  constructor(highest = 0, bits: Uint32Array = new Uint32Array(SPAN / 32)) {
    this.#highest = highest;
    this.#bits = bits;
  }

  /** The highest number accepted; 0 before the first. */
  get highest(): number {
    return this.#highest;
  }

  get bits(): Uint32Array {
    return this.#bits;
  }

  look(sequence: number): Seen {
    if (sequence > this.#highest) return 'new';
    if (sequence <= this.#highest - SPAN) return 'too-old';
    const bit = sequence % SPAN;
    return ((this.#bits[bit >>> 5] as number) & (1 << (bit & 31))) !== 0 ? 'duplicate' : 'new';
  }

  /** Marks `count` numbers from `first` on as accepted. */
  mark(first: number, count: number): void {
    const last = first + count - 1;
    if (last > this.#highest) {
      this.#clear(this.#highest + 1, last);
      this.#highest = last;
    }
    const from = Math.max(first, this.#highest - SPAN + 1);
    for (let sequence = from; sequence <= last; sequence += 1) {
      const bit = sequence % SPAN;
      const word = bit >>> 5;
      this.#bits[word] = (this.#bits[word] as number) | (1 << (bit & 31));
    }
  }

  /** The bits of numbers that the window moves on to still hold those of one span ago. */
  #clear(first: number, last: number): void {
    if (last - first + 1 >= SPAN) {
      this.#bits.fill(0);
      return;
    }
    for (let sequence = first; sequence <= last; sequence += 1) {
      const bit = sequence % SPAN;
      const word = bit >>> 5;
      this.#bits[word] = (this.#bits[word] as number) & ~(1 << (bit & 31));
    }
  }
}
