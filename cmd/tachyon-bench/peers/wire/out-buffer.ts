// Small pieces on their way out together: what is answered to one read leaves in one write.

const CAPACITY = 64 * 1024;

export class OutBuffer {
  #bytes = Buffer.allocUnsafeSlow(CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Room for so many bytes; gives the buffer to write to and moves behind them. */
  reserve(bytes: number): { readonly bytes: Buffer; readonly at: number } {
    this.#grow(bytes);
    const at = this.#length;
    this.#length += bytes;
    return { bytes: this.#bytes, at };
  }

  append(piece: Uint8Array): void {
    this.appendPart(piece, 0, piece.length);
  }

  appendPart(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#grow(length);
    const { buffer, byteOffset } = source;
    this.#bytes.set(new Uint8Array(buffer, byteOffset + start, length), this.#length);
    this.#length += length;
  }

  /** What was gathered, for the caller to keep; the buffer begins anew. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafeSlow(CAPACITY);
    this.#length = 0;
    return taken;
  }

  #grow(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
