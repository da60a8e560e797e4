// The body of a measured message: which one it is, when it was due, and filling up to the wanted size.
//
//   0 u48 due at, in µs of the machine's monotonic clock   6 u48 index   12 u32 producer   (all little-endian)
//
// A body of 16 bytes is nothing but its stamp, so that every message of every size is told apart and timed.

import { filling } from './filling.ts';

export const STAMP_BYTES = 16;

export interface Stamp {
  readonly publishedAtMs: number;
  readonly producer: number;
  readonly index: number;
}

const HIGH = 2 ** 32;

export function writeStamp(into: Uint8Array, dueAtMs: number, producer: number, index: number): void {
  const us = Math.round(dueAtMs * 1e3);
  write48(into, 0, us);
  write48(into, 6, index);
  into[12] = producer;
  into[13] = producer >>> 8;
  into[14] = producer >>> 16;
  into[15] = producer >>> 24;
}

function write48(into: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / HIGH);
  const low = value - high * HIGH;
  into[at] = low;
  into[at + 1] = low >>> 8;
  into[at + 2] = low >>> 16;
  into[at + 3] = low >>> 24;
  into[at + 4] = high;
  into[at + 5] = high >>> 8;
}

// Each part by itself: a consumer reads three numbers for each message, and makes no object for them.

export const stampedAtMs = (body: Uint8Array): number => read48(body, 0) / 1e3;
export const stampedIndex = (body: Uint8Array): number => read48(body, 6);
export const stampedProducer = (body: Uint8Array): number => read32(body, 12);

const read32 = (body: Uint8Array, at: number): number =>
  (body[at]! | (body[at + 1]! << 8) | (body[at + 2]! << 16) | (body[at + 3]! << 24)) >>> 0;

const read48 = (body: Uint8Array, at: number): number =>
  read32(body, at) + (body[at + 4]! | (body[at + 5]! << 8)) * HIGH;

/** Null for a body that was not made here. */
export function readStamp(body: Uint8Array): Stamp | null {
  if (body.length < STAMP_BYTES) return null;
  return { publishedAtMs: stampedAtMs(body), producer: stampedProducer(body), index: stampedIndex(body) };
}

/** Makes bodies of one producer. Each is a buffer of its own, as in an application. */
export class BodyMaker {
  readonly #producer: number;
  readonly #filling: Buffer;

  constructor(producer: number, bytes: number) {
    this.#producer = producer;
    this.#filling = filling(bytes);
  }

  make(index: number, nowMs: number): Uint8Array {
    const body = Buffer.allocUnsafe(this.#filling.length);
    this.#filling.copy(body);
    writeStamp(body, nowMs, this.#producer, index);
    return body;
  }
}
