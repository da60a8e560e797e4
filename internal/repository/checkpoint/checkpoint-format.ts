// The bytes of a checkpoint file: a 64-byte header, then the content. Little-endian.
//
//    0 u32 magic 'TCKP'    4 u16 format version = 1    6 u16 reserved, 0
//    8 f64 position       16 f64 timeMs               24 f64 content length
//   32 u32 CRC of content 36 reserved, 0              60 u32 CRC of bytes 0..59
//
// Every version keeps the magic, the version and the header's CRC where they are, so that a newer file is told from a
// damaged one.

import { crc32 } from 'node:zlib';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { asPosition, type Position } from '../../domain/ids.ts';

export const HEADER_BYTES = 64;
const MAGIC = 0x504b_4354;
const FORMAT_VERSION = 1;
const HEADER_CRC_AT = 60;
const NAME = /^(\d{20})\.checkpoint$/;

export interface CheckpointHeader {
  readonly position: Position;
  readonly timeMs: number;
  readonly contentLength: number;
  readonly contentCrc: number;
}

export function encodeHeader(header: CheckpointHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, FORMAT_VERSION, true);
  view.setFloat64(8, header.position, true);
  view.setFloat64(16, header.timeMs, true);
  view.setFloat64(24, header.contentLength, true);
  view.setUint32(32, header.contentCrc, true);
  view.setUint32(HEADER_CRC_AT, crc32(bytes.subarray(0, HEADER_CRC_AT)), true);
  return bytes;
}

/** Null when the header is damaged or none. Throws FORMAT_TOO_NEW for a whole header of a newer version. */
export function decodeHeader(bytes: Uint8Array, name: string): CheckpointHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) return null;
  if (view.getUint32(HEADER_CRC_AT, true) !== crc32(bytes.subarray(0, HEADER_CRC_AT))) return null;
  const version = view.getUint16(4, true);
  if (version > FORMAT_VERSION) {
    throw new TachyonError(
      'FORMAT_TOO_NEW',
      `${name} has format ${version}; this version reads up to ${FORMAT_VERSION}`,
    );
  }
  return {
    position: asPosition(view.getFloat64(8, true)),
    timeMs: view.getFloat64(16, true),
    contentLength: view.getFloat64(24, true),
    contentCrc: view.getUint32(32, true),
  };
}

/** Names sort as their positions do. */
export function checkpointName(position: Position): string {
  return `${String(position).padStart(20, '0')}.checkpoint`;
}

export function isCheckpointName(name: string): boolean {
  return NAME.test(name);
}
