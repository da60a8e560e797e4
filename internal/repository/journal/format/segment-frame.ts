// What frames the groups of a segment: the header in its first sector, and, once it is sealed, the footer behind the
// last group and the trailer in its last sector that points to the footer.
//
// header     0 u32 'TSEG'   4 u16 version   6 u16 flags, 0   8 u32 segment id   12 u32 salt
//           16 f64 prepared size   24 u32 CRC over bytes 0..23, then zeros
// footer     0 u32 'TFTR'   4 u16 version   6 u16 flags, 0   8 u32 segment id   12 u32 groups
//           16 f64 first position   24 f64 durable mark   32 f64 timeMs of the last group   40 u32 last group's CRC
//           44 u32 CRC over bytes 0..43 and the directory, seeded with the salt   48 zeros
//           64 directory: per group u32 offset in sectors, u32 length of its metas
// trailer    0 u32 'TTRL'   4 u16 version   6 u16 flags, 0   8 u32 segment id   12 u32 0
//           16 f64 offset of the footer   24 u32 CRC over bytes 0..23, seeded with the salt, then zeros
//
// The header is never written again after the segment got its name, so damage in it is damage, never a torn write.

import { crc32 } from 'node:zlib';
import {
  bad,
  type Decoded,
  DIRECTORY_ENTRY_BYTES,
  FOOTER_HEADER_BYTES,
  FOOTER_MAGIC,
  FORMAT_VERSION,
  footerBytes,
  judgeMagic,
  judgeVersion,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  SEGMENT_MAGIC,
  TRAILER_BYTES,
  TRAILER_MAGIC,
} from './layout.ts';

export interface SegmentHeader {
  readonly id: number;
  readonly salt: number;
  readonly preparedBytes: number;
}

export interface Footer {
  readonly segment: number;
  readonly first: number;
  readonly durableMark: number;
  readonly timeMs: number;
  readonly lastCrc: number;
  /** Pairs of numbers per group: offset in sectors, length of the metas. */
  readonly directory: Uint32Array;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const isNewer = { type: 'newer', version: FORMAT_VERSION + 1 } as const;

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint16(4, FORMAT_VERSION, true);
  view.setUint32(8, header.id, true);
  view.setUint32(12, header.salt, true);
  view.setFloat64(16, header.preparedBytes, true);
  view.setUint32(24, crc32(bytes.subarray(0, 24)), true);
  return bytes;
}

export function decodeSegmentHeader(bytes: Uint8Array, id: number): Decoded<SegmentHeader> {
  if (bytes.length < SEGMENT_HEADER_BYTES) return bad('the file ends inside the segment header');
  const view = viewOf(bytes);
  const start = judgeMagic(view, SEGMENT_MAGIC, 'segment');
  if (start !== null) return start.type === 'blank' ? bad('the segment header is blank') : start;
  if (view.getUint32(24, true) !== crc32(bytes.subarray(0, 24)))
    return bad('the CRC of the segment header does not fit');
  const version = judgeVersion(view, 'segment header');
  if (version !== null) return version;
  if (view.getUint32(8, true) !== id) return bad('the segment header names another segment');
  if (view.getUint16(6, true) !== 0) return isNewer;
  return { type: 'ok', value: { id, salt: view.getUint32(12, true), preparedBytes: view.getFloat64(16, true) } };
}

export function encodeFooter(footer: Footer, salt: number): Uint8Array {
  const groups = footer.directory.length / 2;
  const bytes = new Uint8Array(footerBytes(groups));
  const view = viewOf(bytes);
  view.setUint32(0, FOOTER_MAGIC, true);
  view.setUint16(4, FORMAT_VERSION, true);
  view.setUint32(8, footer.segment, true);
  view.setUint32(12, groups, true);
  view.setFloat64(16, footer.first, true);
  view.setFloat64(24, footer.durableMark, true);
  view.setFloat64(32, footer.timeMs, true);
  view.setUint32(40, footer.lastCrc, true);
  for (const [i, value] of footer.directory.entries()) view.setUint32(FOOTER_HEADER_BYTES + i * 4, value, true);
  view.setUint32(44, footerCrc(bytes, groups, salt), true);
  return bytes;
}

function footerCrc(bytes: Uint8Array, groups: number, salt: number): number {
  const directory = bytes.subarray(FOOTER_HEADER_BYTES, FOOTER_HEADER_BYTES + groups * DIRECTORY_ENTRY_BYTES);
  return crc32(directory, crc32(bytes.subarray(0, 44), salt));
}

/** Groups as the footer at `bytes` says; for a reader that must know how much to fetch before it can judge. */
export const footerGroupsAt = (bytes: Uint8Array): number => viewOf(bytes).getUint32(12, true);

export function decodeFooter(bytes: Uint8Array, segment: number, salt: number): Decoded<Footer> {
  if (bytes.length < FOOTER_HEADER_BYTES) return bad('the file ends inside the footer');
  const view = viewOf(bytes);
  const start = judgeMagic(view, FOOTER_MAGIC, 'footer');
  if (start !== null) return start;
  const groups = view.getUint32(12, true);
  if (FOOTER_HEADER_BYTES + groups * DIRECTORY_ENTRY_BYTES > bytes.length) return bad('the directory is cut short');
  if (view.getUint32(44, true) !== footerCrc(bytes, groups, salt)) return bad('the CRC of the footer does not fit');
  const version = judgeVersion(view, 'footer');
  if (version !== null) return version;
  if (view.getUint32(8, true) !== segment) return bad('the footer belongs to another segment');
  if (view.getUint16(6, true) !== 0) return isNewer;
  const directory = new Uint32Array(groups * 2);
  for (let i = 0; i < directory.length; i += 1) directory[i] = view.getUint32(FOOTER_HEADER_BYTES + i * 4, true);
  return {
    type: 'ok',
    value: {
      segment,
      first: view.getFloat64(16, true),
      durableMark: view.getFloat64(24, true),
      timeMs: view.getFloat64(32, true),
      lastCrc: view.getUint32(40, true),
      directory,
    },
  };
}

export function encodeTrailer(segment: number, footerOffset: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, TRAILER_MAGIC, true);
  view.setUint16(4, FORMAT_VERSION, true);
  view.setUint32(8, segment, true);
  view.setFloat64(16, footerOffset, true);
  view.setUint32(24, crc32(bytes.subarray(0, 24), salt), true);
  return bytes;
}

/** Where the footer begins. */
export function decodeTrailer(bytes: Uint8Array, segment: number, salt: number): Decoded<number> {
  if (bytes.length < TRAILER_BYTES) return bad('the file ends inside the trailer');
  const view = viewOf(bytes);
  const start = judgeMagic(view, TRAILER_MAGIC, 'trailer');
  if (start !== null) return start;
  if (view.getUint32(24, true) !== crc32(bytes.subarray(0, 24), salt))
    return bad('the CRC of the trailer does not fit');
  const version = judgeVersion(view, 'trailer');
  if (version !== null) return version;
  if (view.getUint32(8, true) !== segment) return bad('the trailer belongs to another segment');
  if (view.getUint16(6, true) !== 0) return isNewer;
  const offset = view.getFloat64(16, true);
  return offset % SECTOR_BYTES === 0 && offset >= SECTOR_BYTES
    ? { type: 'ok', value: offset }
    : bad('the trailer points nowhere');
}
