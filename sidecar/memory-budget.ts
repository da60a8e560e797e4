// Bytes that may be held at one time. Who asks for more than is left waits, in order; so a large request is not passed
// by small ones for ever. Invariant: held <= limit, and what is asked for at once is at most the limit, or it would
// wait for ever.

import { TachyonError } from '../pkg/protocol/errors.ts';

export class MemoryBudget {
  readonly #limit: number;
  #held = 0;
  readonly #waiting: { readonly bytes: number; readonly grant: () => void }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when the bytes are the caller's, who gives them back with `release`. */
  async acquire(bytes: number): Promise<void> {
    if (bytes > this.#limit)
      throw new TachyonError('INTERNAL', `${bytes} bytes were asked for, and ${this.#limit} are all there is`);
    if (this.#waiting.length === 0 && this.#held + bytes <= this.#limit) {
      this.#held += bytes;
      return;
    }
    await new Promise<void>((grant) => this.#waiting.push({ bytes, grant }));
  }

  release(bytes: number): void {
    if (bytes > this.#held) throw new TachyonError('INTERNAL', `${bytes} bytes given back, ${this.#held} held`);
    this.#held -= bytes;
    for (let first = this.#waiting[0]; first !== undefined && this.#held + first.bytes <= this.#limit; ) {
      this.#waiting.shift();
      this.#held += first.bytes;
      first.grant();
      first = this.#waiting[0];
    }
  }
}
