// Reads a stream of bytes in pieces of asked lengths, for both ends of the sidecar's socket. Invariant: it holds at most
// one chunk beyond what was asked for; while nobody asks, the stream is not read and its sender feels it.

export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Fills the target from `from` on. False: the stream ended or broke before that. */
  async fill(target: Uint8Array, from = 0): Promise<boolean> {
    for (let filled = from; filled < target.length; ) {
      if (!(await this.#some())) return false;
      const taken = Math.min(target.length - filled, this.#chunk.length - this.#at);
      target.set(this.#chunk.subarray(this.#at, this.#at + taken), filled);
      this.#at += taken;
      filled += taken;
    }
    return true;
  }

  /** Passes over bytes without keeping them. False: the stream ended or broke before that. */
  async skip(count: number): Promise<boolean> {
    for (let left = count; left > 0; ) {
      if (!(await this.#some())) return false;
      const taken = Math.min(left, this.#chunk.length - this.#at);
      this.#at += taken;
      left -= taken;
    }
    return true;
  }

  async #some(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      try {
        const next = await this.#chunks.next();
        if (next.done === true) return false;
        this.#chunk = next.value;
        this.#at = 0;
      } catch {
        return false; // a broken stream has ended: whoever waits for more is told so by the same word
      }
    }
    return true;
  }
}
