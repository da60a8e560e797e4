// Bodies of the most recent groups, where they were built: what is delivered soon after it was accepted is not read
// from disk. Bounded in bytes; groups that are not durable yet always stay, since the disk cannot give them.
// Invariant: holds the positions first..first+size-1, without gaps.

interface Cached {
  readonly bodies: Uint8Array;
  readonly bytes: number;
}

/** Forgotten slots are dropped from the array when so many have gathered. */
const COMPACT_AT = 1024;

export class TailCache {
  readonly #bytesMax: number;
  #list: (Cached | undefined)[] = [];
  #head = 0;
  #first: number;
  #bytes = 0;

  constructor(bytesMax: number, first: number) {
    this.#bytesMax = bytesMax;
    this.#first = first;
  }

  /** The group behind the last. `bytes` is what it takes in memory. */
  push(bodies: Uint8Array, bytes: number): void {
    this.#list.push({ bodies, bytes });
    this.#bytes += bytes;
  }

  get(position: number): Uint8Array | undefined {
    return position < this.#first ? undefined : this.#list[this.#head + position - this.#first]?.bodies;
  }

  /** Lets go of the oldest above the bound. */
  trim(durable: number): void {
    while (this.#bytes > this.#bytesMax && this.#first <= durable) {
      const oldest = this.#list[this.#head];
      if (oldest === undefined) return;
      this.#bytes -= oldest.bytes;
      this.#list[this.#head] = undefined;
      this.#head += 1;
      this.#first += 1;
    }
    if (this.#head >= COMPACT_AT && this.#head * 2 > this.#list.length) {
      this.#list = this.#list.slice(this.#head);
      this.#head = 0;
    }
  }
}
