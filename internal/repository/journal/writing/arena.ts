// Memory for groups on their way to the disk. Groups stand one behind the other in large blocks, so that all that is
// pending is one write as a rule. A block is never used twice: bodies handed out from the tail cache may still be on
// their way to a socket, and the collector knows better than we do when the last of them is gone.

const ARENA_BLOCK_BYTES = 1024 * 1024;

export class Arena {
  #block: Uint8Array = new Uint8Array(0);
  #used = 0;

  /** Bytes with undefined content, directly behind those given before where the block has room. */
  take(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#block.length) {
      // Not from the pool and not zeroed: every byte is written before it is used.
      this.#block = Buffer.allocUnsafeSlow(Math.max(ARENA_BLOCK_BYTES, bytes));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes;
    return new Uint8Array(this.#block.buffer, start, bytes);
  }
}

/** Two pieces that stand behind each other as one, or null. */
export function joinedPieces(first: Uint8Array, second: Uint8Array): Uint8Array | null {
  if (first.buffer !== second.buffer || first.byteOffset + first.length !== second.byteOffset) return null;
  return new Uint8Array(first.buffer, first.byteOffset, first.length + second.length);
}
