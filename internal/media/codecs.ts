// The compressions that a block of the journal or of abtp/2 can have, by number and by name. What a codec cannot do off
// the loop it does not name.

import {
  compressedBytesMax,
  LITTLE_ENDIAN_SIZE,
  OPERATIONS,
  type Operation,
} from '../../pkg/encoding/fastpath/operations.ts';
import { compressBlockLE, decompressBlockLE, type Lz4Result } from '../../pkg/encoding/lz4.ts';
import { COMPRESSION_LZ4 } from '../../pkg/protocol/block.ts';

/** How the sidecar is asked for what a codec does. */
export interface OffLoop {
  readonly compress: Operation;
  readonly decompress: Operation;
  readonly flags: number;
}

export interface BodyCodec {
  readonly name: string;
  /** Of a block. */
  readonly compression: number;
  readonly compress: (plain: Uint8Array) => Uint8Array;
  /** At most `sizeMax` bytes come of it. */
  readonly decompress: (packed: Uint8Array, sizeMax: number) => Lz4Result;
  readonly packedBytesMax: (plainLength: number) => number;
  /** What the packed bytes say of their plain size; null where they are too short to say. */
  readonly declaredSize: (packed: Uint8Array) => number | null;
  readonly offLoop: OffLoop;
}

const SIZE_BYTES = 4;

const LZ4: BodyCodec = {
  name: 'lz4',
  compression: COMPRESSION_LZ4,
  compress: compressBlockLE,
  decompress: decompressBlockLE,
  packedBytesMax: compressedBytesMax,
  declaredSize: (packed) =>
    packed.length < SIZE_BYTES
      ? null
      : new DataView(packed.buffer, packed.byteOffset, packed.byteLength).getUint32(0, true),
  offLoop: { compress: OPERATIONS.compress, decompress: OPERATIONS.decompress, flags: LITTLE_ENDIAN_SIZE },
};

const CODECS: readonly BodyCodec[] = [LZ4];

/** Null: there is none of this number. */
export const codecOf = (compression: number): BodyCodec | null =>
  CODECS.find((codec) => codec.compression === compression) ?? null;

/** Null: there is none of this name. */
export const codecNamed = (name: string): BodyCodec | null => CODECS.find((codec) => codec.name === name) ?? null;
