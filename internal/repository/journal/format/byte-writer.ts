// Appends numbers and text to a buffer that grows and is used again for each group. Whole numbers are varints: seven
// bits per byte, low ones first, at most eight bytes, which is all that a number below 2^53 needs.

import { invariant } from '../../../domain/assert.ts';

const encoder = new TextEncoder();

export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 64 * 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written from `start` on; valid until the next write. */
  written(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** Forgets the first `count` bytes and moves the rest to the front. */
  dropFront(count: number): void {
    this.#bytes.copyWithin(0, count, this.#length);
    this.#length -= count;
  }

  truncate(length: number): void {
    this.#length = length;
  }

  u8(value: number): void {
    this.#grow(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  u32(value: number): void {
    this.#grow(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  f64(value: number): void {
    this.#grow(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  varint(value: number): void {
    invariant(value >= 0 && Number.isSafeInteger(value), `a whole number below 2^53: ${value}`);
    this.#grow(8);
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    while (rest >= 0x1000_0000) {
      bytes[at] = (rest % 0x80) | 0x80;
      at += 1;
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      bytes[at] = (rest & 0x7f) | 0x80;
      at += 1;
      rest >>>= 7;
    }
    bytes[at] = rest;
    this.#length = at + 1;
  }

  text(value: string): void {
    this.bytes(encoder.encode(value));
  }

  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #grow(by: number): void {
    const needed = this.#length + by;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
