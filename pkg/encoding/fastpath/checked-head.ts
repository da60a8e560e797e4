// What the extended heads of requests and replies have in common: 28 bytes, big-endian, that begin with a magic number and
// the version, and end with the CRC-32 of all before it. A length in a damaged head is not believed.

import { crc32 } from 'node:zlib';
import type { Refusal } from '../../protocol/index.ts';

const SIDECAR_PROTOCOL_VERSION = 1;
export const CHECKED_HEAD_BYTES = 28;
const CHECKED_BYTES = 24;

export type HeadRefusal = Refusal<'MALFORMED_FRAMES' | 'UNSUPPORTED_VERSION' | 'CHECKSUM_MISMATCH'>;

/** Bytes 3 to 23 are filled by `fill`. */
export function sealHead(magic: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(CHECKED_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, magic);
  view.setUint8(2, SIDECAR_PROTOCOL_VERSION);
  fill(view);
  view.setUint32(CHECKED_BYTES, crc32(bytes.subarray(0, CHECKED_BYTES)));
  return bytes;
}

/** The head to be read, or why it is none. `of`: whose head it is, in words. */
export function openHead(bytes: Uint8Array, magic: number, of: string): DataView | HeadRefusal {
  const view = new DataView(bytes.buffer, bytes.byteOffset, CHECKED_HEAD_BYTES);
  const refusal = (error: HeadRefusal['error'], detail: string): HeadRefusal => ({ type: 'refused', error, detail });
  if (view.getUint16(0) !== magic) {
    return refusal('MALFORMED_FRAMES', `the head does not begin with 0x${magic.toString(16).toUpperCase()}`);
  }
  if (view.getUint8(2) !== SIDECAR_PROTOCOL_VERSION) {
    return refusal('UNSUPPORTED_VERSION', `version ${view.getUint8(2)}, known is ${SIDECAR_PROTOCOL_VERSION}`);
  }
  if (view.getUint32(CHECKED_BYTES) !== crc32(bytes.subarray(0, CHECKED_BYTES))) {
    return refusal('CHECKSUM_MISMATCH', `the head of the ${of} is damaged`);
  }
  return view;
}
