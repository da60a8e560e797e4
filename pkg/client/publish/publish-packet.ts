// A PUBLISH packet while it grows: blocks are encoded straight into it, behind the room for its head.
// Invariant: once sealed, its bytes never change; the link may still read them, and a republish copies from them.

import { placeBlockHead } from '../../protocol/block.ts';
import { type Block, encodeBlock, PUBLISH_HEAD_BYTES, writePublishHead } from '../../protocol/index.ts';

/** A packet this full is sent at once: large enough to be cheap per message, small enough to be one read of the broker. */
export const PACKET_BYTES_FULL = 256 * 1024;
export const PACKET_MESSAGES_MAX = 4_096;

const CAPACITY_MIN = 4 * 1024;
/** A block's head with the longest message id and ordinary attributes; a longer one grows the packet by itself. */
const HEAD_ROOM = 1_024;

export class PublishPacket {
  readonly first: number;
  /** It holds one atomic batch and nothing else: it is never cut, and leaves whole each time. */
  readonly atomic: boolean;
  count = 0;
  end = PUBLISH_HEAD_BYTES;
  sent = false;
  #bytes: Buffer;

  constructor(first: number, capacity: number, atomic = false) {
    this.first = first;
    this.atomic = atomic;
    // Not from Buffer's pool: the memory belongs to this packet for as long as the link may read it.
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(capacity, CAPACITY_MIN));
  }

  get isFull(): boolean {
    return this.end >= PACKET_BYTES_FULL || this.count >= PACKET_MESSAGES_MAX;
  }

  /** Gives the length of the block. Throws what `encodeBlock` throws, and is then as it was. */
  append(block: Block): number {
    const needed = this.end + block.body.length + HEAD_ROOM;
    if (needed > this.#bytes.length) this.#grow(needed);
    const written = encodeBlock(block, this.#bytes, this.end);
    if (written.buffer !== this.#bytes.buffer) {
      this.#grow(this.end + written.length);
      this.#bytes.set(written, this.end);
    }
    this.end += written.length;
    this.count += 1;
    return written.length;
  }

  /** As `append`, of a block whose head lies ready. */
  appendBehind(head: Uint8Array, body: Uint8Array): number {
    const at = this.end;
    const length = head.length + body.length;
    const end = at + length;
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    placeBlockHead(head, body.length, bytes, at);
    bytes.set(body, at + head.length);
    this.end = end;
    this.count += 1;
    return length;
  }

  /** The whole packet. */
  seal(): Uint8Array {
    writePublishHead(this.#bytes, 0, this.first, this.count, this.atomic);
    this.sent = true;
    return this.#bytes.subarray(0, this.end);
  }

  blocks(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.end));
    this.#bytes = larger;
  }
}
