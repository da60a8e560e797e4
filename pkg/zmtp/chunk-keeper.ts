// Memory for bytes that were lent and are to be kept: what is short stands together in one piece, what is long gets its
// own of exactly its size. Pieces are never used twice, so that messages may be views of them for as long as anybody
// likes, at the price of the whole piece.

const PIECE_BYTES = 64 * 1024;

export class ChunkKeeper {
  #piece: Uint8Array = new Uint8Array(0);
  #used = 0;

  /** A copy. */
  keep(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (this.#used + length > this.#piece.length) {
      if (length > PIECE_BYTES / 4) return copyOf(bytes);
      this.#piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      this.#used = 0;
    }
    const kept = new Uint8Array(this.#piece.buffer, this.#used, length);
    kept.set(bytes);
    this.#used += length;
    return kept;
  }
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
