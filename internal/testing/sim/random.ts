// Seeded chance for simulations: sfc32, seeded through splitmix32. The same seed gives the same run on every machine,
// which is what makes a failing seed a bug report.

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    // Seeds above 2^32 count too: the upper half is mixed into the state.
    let state = (seed ^ Math.trunc(seed / 0x1_0000_0000)) | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) | 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    for (let round = 0; round < 12; round += 1) this.#next();
  }

  /** At least 0, below 1. */
  fraction(): number {
    return this.#next() / 0x1_0000_0000;
  }

  /** A whole number, at least 0 and below `below`. */
  int(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  /** True with probability `p`. */
  bool(p = 0.5): boolean {
    return this.fraction() < p;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i += 1) bytes[i] = this.#next() & 0xff;
    return bytes;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from: the list is empty');
    return list[this.int(list.length)] as T;
  }

  /** A generator of its own, so that one part's use of chance does not shift another's. */
  fork(): Random {
    return new Random(this.#next());
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
