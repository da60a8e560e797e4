// Ready-made bytes of many messages, one like the other but for the number in each body: what a producer at capacity sends.
//
//   head | prefix body suffix | prefix body suffix | ...     the body begins with its number, u32 LE
//
// Invariant: the bytes of a block are not touched while the server may not have read them: a ring hands out a block again
// only when everything that it held was confirmed.

export interface MessageShape {
  /** Bytes before the first message. */
  readonly head?: number;
  readonly prefix: Uint8Array;
  readonly bodyBytes: number;
  readonly suffix: Uint8Array;
  readonly count: number;
}

/** The number in a body has so many bytes. */
export const NUMBER_BYTES = 4;
const FILLING = 'tachyon ';

/** A body of the race: filled up, its number still 0. */
const emptyBody = (bytes: number): Buffer => Buffer.alloc(bytes, FILLING).fill(0, 0, NUMBER_BYTES);

/** The last size asked for: a copy costs less than filling anew. */
let template: Buffer = emptyBody(NUMBER_BYTES);

export function numberedBody(bytes: number, index: number): Buffer {
  if (template.length !== bytes) template = emptyBody(bytes);
  const body = Buffer.allocUnsafe(bytes);
  template.copy(body);
  body.writeUInt32LE(index, 0);
  return body;
}

/** The number of the body that begins there. */
export const numberAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

export class NumberedBlock {
  readonly bytes: Buffer;
  /** From one message to the next. */
  readonly stride: number;
  readonly head: number;
  readonly #bodyAt: number;

  constructor({ head = 0, prefix, bodyBytes, suffix, count }: MessageShape) {
    const message = Buffer.concat([prefix, emptyBody(bodyBytes), suffix]);
    this.head = head;
    this.stride = message.length;
    this.#bodyAt = head + prefix.length;
    // Not from Buffer's pool: the memory is this block's alone.
    this.bytes = Buffer.allocUnsafeSlow(head + count * message.length);
    for (let at = head; at < this.bytes.length; at += message.length) message.copy(this.bytes, at);
  }

  /** Numbers the front of the block, and gives it. */
  numbered(first: number, count: number): Buffer {
    const { bytes, stride } = this;
    let at = this.#bodyAt;
    for (let index = first; index < first + count; index += 1) {
      bytes[at] = index;
      bytes[at + 1] = index >>> 8;
      bytes[at + 2] = index >>> 16;
      bytes[at + 3] = index >>> 24;
      at += stride;
    }
    return bytes.subarray(0, this.head + count * stride);
  }
}

/** Enough blocks that the one handed out is never one of those under way. */
export class BlockRing {
  readonly #blocks: readonly NumberedBlock[];
  #next = 0;

  constructor(shape: MessageShape, window: number) {
    // One more than fill the window, and one for the shorter block that ends a phase.
    const count = Math.ceil(window / shape.count) + 2;
    this.#blocks = Array.from({ length: count }, () => new NumberedBlock(shape));
  }

  next(): NumberedBlock {
    const block = this.#blocks[this.#next]!;
    this.#next = (this.#next + 1) % this.#blocks.length;
    return block;
  }
}
