// What one peer gets with the next write: short frames put together in slabs, long bodies by reference, and ranges of a
// buffer that several peers share.
//
//   append(a) append(b) append(long) append(c)  ->  [ a b header-of-long ] [ long ] [ c ]
//
// A shared range that goes on where the last one ended only grows, so a subscriber that matches every message of a turn
// costs one comparison per message and gets one part. Invariant: the parts, in order, are exactly what was appended.

import { ENCODED_BYTES_MAX, encodeFrame, encodeFrameHeader, LONG_BODY_BYTES } from './frame-encoder.ts';
import { SLAB_BYTES, SLAB_BYTES_MAX, type SlabPool } from './slab-pool.ts';

export class Batch {
  bytes = 0;
  messages = 0;
  readonly #pool: SlabPool;
  readonly #parts: Uint8Array[] = [];
  /** Given back to the pool when the batch was sent. */
  readonly #slabs: Buffer[] = [];
  #slab: Buffer | null = null;
  /** What of the slab is not yet among the parts: from `start` to `at`. */
  #start = 0;
  #at = 0;
  #isLarge = false;
  /** The open range of a shared buffer. */
  #shared: Uint8Array | null = null;
  #sharedStart = 0;
  #sharedEnd = 0;

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

  /** A message of `size` bytes on the wire. */
  append(frames: readonly Uint8Array[], size: number): void {
    if (this.#shared !== null) this.#closeShared();
    const last = frames.length - 1;
    for (let index = 0; index <= last; index += 1) this.#appendFrame(frames[index]!, index < last);
    this.bytes += size;
    this.messages += 1;
  }

  /** A message of one frame that lies in several pieces, and has `size` bytes on the wire. */
  appendInPieces(pieces: readonly Uint8Array[], bodySize: number, size: number): void {
    if (this.#shared !== null) this.#closeShared();
    const slab = this.#slabFor(ENCODED_BYTES_MAX - LONG_BODY_BYTES + 1);
    this.#at = encodeFrameHeader(slab, this.#at, bodySize, false);
    for (let index = 0; index < pieces.length; index += 1) this.#appendBytes(pieces[index]!);
    this.bytes += size;
    this.messages += 1;
  }

  /** A message that is encoded already, from `start` to `end` of a buffer that nobody changes. */
  appendShared(buffer: Uint8Array, start: number, end: number, messages = 1): void {
    if (this.#shared === buffer && this.#sharedEnd === start) {
      this.#sharedEnd = end;
    } else {
      if (this.#shared !== null) this.#closeShared();
      this.#shared = buffer;
      this.#sharedStart = start;
      this.#sharedEnd = end;
    }
    this.bytes += end - start;
    this.messages += messages;
  }

  /** Bytes that are no message: greetings and commands. */
  appendRaw(bytes: Uint8Array): void {
    if (this.#shared !== null) this.#closeShared();
    this.#appendBytes(bytes);
    this.bytes += bytes.length;
  }

  /** The parts to write, in order. Nothing may be appended until `clear`. */
  parts(): readonly Uint8Array[] {
    if (this.#shared !== null) this.#closeShared();
    this.#closeRange();
    return this.#parts;
  }

  /** The batch was sent: its slabs go back. */
  clear(): void {
    for (let index = 0; index < this.#slabs.length; index += 1) this.#pool.give(this.#slabs[index]!);
    // A peer that got more than a small slab is given large ones from the start.
    this.#isLarge = this.bytes > SLAB_BYTES;
    this.#slabs.length = 0;
    this.#parts.length = 0;
    this.#slab = null;
    this.#start = 0;
    this.#at = 0;
    this.bytes = 0;
    this.messages = 0;
  }

  #appendFrame(body: Uint8Array, hasMore: boolean): void {
    const isLong = body.length >= LONG_BODY_BYTES;
    const slab = this.#slabFor(isLong ? ENCODED_BYTES_MAX - LONG_BODY_BYTES + 1 : body.length + 9);
    if (!isLong) {
      this.#at = encodeFrame(slab, this.#at, body, hasMore);
      return;
    }
    this.#at = encodeFrameHeader(slab, this.#at, body.length, hasMore);
    this.#closeRange();
    this.#parts.push(body);
  }

  #appendBytes(bytes: Uint8Array): void {
    if (bytes.length >= LONG_BODY_BYTES) {
      this.#closeRange();
      this.#parts.push(bytes);
      return;
    }
    const slab = this.#slabFor(bytes.length);
    slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #slabFor(size: number): Buffer {
    if (this.#slab !== null && this.#at + size <= this.#slab.length) return this.#slab;
    this.#closeRange();
    const slab = this.#pool.take(this.#isLarge || this.#slabs.length > 0);
    this.#slabs.push(slab);
    this.#slab = slab;
    this.#start = 0;
    this.#at = 0;
    return slab;
  }

  #closeRange(): void {
    if (this.#slab === null || this.#at === this.#start) return;
    this.#parts.push(this.#slab.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }

  #closeShared(): void {
    const shared = this.#shared!;
    this.#shared = null;
    const range = shared.subarray(this.#sharedStart, this.#sharedEnd);
    // A short range among others is copied: it would keep the whole shared buffer alive, and cost a part of its own.
    if (range.length < LONG_BODY_BYTES && this.#slab !== null) return this.#appendBytes(range);
    this.#closeRange();
    this.#parts.push(range);
  }
}

if (ENCODED_BYTES_MAX > SLAB_BYTES || SLAB_BYTES > SLAB_BYTES_MAX)
  throw new RangeError('a slab is to hold the longest frame that is copied');
