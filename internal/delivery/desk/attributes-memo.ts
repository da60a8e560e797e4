// Attributes repeat, such as the partition keys of a stream, so what recent ones mean is kept and found again by their bytes: then
// a message costs a hash and a comparison instead of a parse. Bounded: one meaning per slot, the newest wins. A memo only: what
// comes out is always what the bytes say.

const SLOTS = 4_096;
/** Longer ones are rare, and read each time. */
const LENGTH_MAX = 128;

export class AttributesMemo<Meaning extends object> {
  readonly #meanings: (Meaning | undefined)[] = new Array<Meaning | undefined>(SLOTS);
  readonly #spelled = new Uint8Array(SLOTS * LENGTH_MAX);
  readonly #lengths = new Uint8Array(SLOTS);

  /** What `bytes` from `start` to before `end` mean, read by `read` where they are not known. */
  of(bytes: Uint8Array, start: number, end: number, read: () => Meaning): Meaning {
    const length = end - start;
    if (length > LENGTH_MAX) return read();
    let hash = 0x811c9dc5 | 0;
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#meanings[slot];
    if (known !== undefined && this.#lengths[slot] === length && this.#isKept(slot, bytes, start, length)) return known;
    const meaning = read();
    this.#meanings[slot] = meaning;
    this.#lengths[slot] = length;
    this.#spelled.set(bytes.subarray(start, end), slot * LENGTH_MAX);
    return meaning;
  }

  #isKept(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    const from = slot * LENGTH_MAX;
    for (let i = 0; i < length; i += 1) if (this.#spelled[from + i] !== bytes[start + i]) return false;
    return true;
  }
}
