// Which messages have arrived, one bit each. Invariant: `distinct` is the number of bits set.

export class ArrivalBook {
  readonly #perProducer: readonly number[];
  readonly #seen: readonly Uint8Array[];
  distinct = 0;
  duplicated = 0;
  /** Messages of this run that nobody published: a number beyond what was planned. */
  unexpected = 0;

  /** `perProducer`: how many messages each one publishes. */
  constructor(perProducer: readonly number[]) {
    this.#perProducer = perProducer;
    this.#seen = perProducer.map((count) => new Uint8Array((count + 7) >>> 3));
  }

  /** True for a message that was not seen before. */
  note(producer: number, index: number): boolean {
    const seen = this.#seen[producer];
    if (seen === undefined || index >= (this.#perProducer[producer] as number)) {
      this.unexpected += 1;
      return false;
    }
    const at = index >>> 3;
    const bit = 1 << (index & 7);
    const byte = seen[at] as number;
    if ((byte & bit) !== 0) {
      this.duplicated += 1;
      return false;
    }
    seen[at] = byte | bit;
    this.distinct += 1;
    return true;
  }
}
