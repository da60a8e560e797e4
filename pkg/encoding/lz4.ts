// LZ4 blocks with a size in front: big-endian as the earlier clients send them in abtp/1, little-endian in abtp/2.
// Invariant: nothing is allocated or decoded before the declared size was found to be within the caller's bound and
// within what that many bytes can hold; and what decodes to another size is refused. Results are values, not throws.

import { createRequire } from 'node:module';
import type * as Lz4Library from 'lz4-napi';
import type { ErrorCode, Refusal } from '../protocol/index.ts';

const require = createRequire(import.meta.url);
let loaded: typeof Lz4Library | null = null;

/** Loaded with the first body that needs it: a process that meets none does without. */
const lz4 = (): typeof Lz4Library => {
  loaded ??= require('lz4-napi') as typeof Lz4Library;
  return loaded;
};

export type Lz4Result = Uint8Array | Refusal<ErrorCode>;

const SIZE_BYTES = 4;
/** One byte of an LZ4 block stands for at most 255 bytes, and the shortest block says more than its own length. */
const RATIO_MAX = 255;

const refusal = (error: ErrorCode, detail: string): Refusal<ErrorCode> => ({ type: 'refused', error, detail });

/** `[u32 LE size][LZ4 block]`, as abtp/2 carries it. */
export const compressBlockLE = (bytes: Uint8Array): Uint8Array => lz4().compressSync(asBuffer(bytes));

/** `[u32 BE size][LZ4 block]`, as abtp/1 carries it. */
export function compressBlockBE(bytes: Uint8Array): Uint8Array {
  const packed = compressBlockLE(bytes);
  viewOf(packed).setUint32(0, bytes.length, false);
  return packed;
}

/** The bytes behind a little-endian size, at most `sizeMax`. */
export const decompressBlockLE = (packed: Uint8Array, sizeMax: number): Lz4Result => decompress(packed, sizeMax, true);

/** The bytes behind a big-endian size, at most `sizeMax`. */
export const decompressBlockBE = (packed: Uint8Array, sizeMax: number): Lz4Result => decompress(packed, sizeMax, false);

function decompress(packed: Uint8Array, sizeMax: number, littleEndian: boolean): Lz4Result {
  if (packed.length < SIZE_BYTES) return refusal('MALFORMED_BODY', 'lz4: no size in front');
  const size = viewOf(packed).getUint32(0, littleEndian);
  if (size > sizeMax) return refusal('PAYLOAD_TOO_LARGE', `lz4: says ${size} bytes, at most ${sizeMax}`);
  if (size === 0)
    return packed.length <= SIZE_BYTES + 1 ? new Uint8Array(0) : refusal('MALFORMED_BODY', 'lz4: bytes behind nothing');
  if (size > (packed.length - SIZE_BYTES) * RATIO_MAX)
    return refusal('MALFORMED_BODY', 'lz4: says more than its bytes can hold');
  try {
    const plain = lz4().uncompressSync(littleEndian ? packed : withLittleEndianSize(packed, size));
    if (plain.length === size) return plain;
    return refusal('MALFORMED_BODY', `lz4: says ${size} bytes, holds ${plain.length}`);
  } catch {
    return refusal('MALFORMED_BODY', 'lz4: the block is damaged'); // the library throws on every malformed block
  }
}

/** The library reads little-endian sizes; the block behind is the same. */
function withLittleEndianSize(packed: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(packed); // not slice: that of a Buffer is a view, and the bytes are the caller's
  viewOf(copy).setUint32(0, size, true);
  return copy;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
