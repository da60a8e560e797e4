// The header of a group, 64 bytes at the start of a sector.
//
//    0 u32 magic 'TGRP'      4 u16 format version    6 u16 flags, 0      8 u32 segment id   12 u32 metaLength
//   16 f64 position         24 f64 durable mark     32 f64 timeMs
//   40 u32 bodyLength       44 u32 bodyCrc          48 u32 CRC of the group before   52 u32 eventCount
//   56 u32 0 (epoch, reserved)                      60 u32 CRC over bytes 0..59 and the metas, seeded with the salt
//
// Behind it the metas, then the blocks, then zeros up to the next sector. The salt is the segment's own random number:
// bytes that a producer sends, or that stem from another segment, are never taken for a group of this one.
// The header's CRC covers bodyCrc, so that a group can be judged with or without reading its blocks.

import { crc32 } from 'node:zlib';
import {
  bad,
  type Decoded,
  FORMAT_VERSION,
  GROUP_HEADER_BYTES,
  GROUP_MAGIC,
  judgeMagic,
  judgeVersion,
  META_BYTES_MAX,
  padded,
} from './layout.ts';

export interface GroupHeader {
  readonly segment: number;
  readonly position: number;
  /** The highest position that was known to be durable when this was written. */
  readonly durableMark: number;
  readonly timeMs: number;
  readonly metaLength: number;
  readonly bodyLength: number;
  readonly bodyCrc: number;
  readonly previousCrc: number;
  readonly eventCount: number;
  readonly crc: number;
}

export const groupBytes = (metaLength: number, bodyLength: number): number =>
  padded(GROUP_HEADER_BYTES + metaLength + bodyLength);

/** Writes the header in front of metas that stand in `group` already, and gives its CRC. */
export function encodeGroupHeader(group: Uint8Array, header: Omit<GroupHeader, 'crc'>, salt: number): number {
  const view = new DataView(group.buffer, group.byteOffset, GROUP_HEADER_BYTES);
  view.setUint32(0, GROUP_MAGIC, true);
  view.setUint16(4, FORMAT_VERSION, true);
  view.setUint16(6, 0, true);
  view.setUint32(8, header.segment, true);
  view.setUint32(12, header.metaLength, true);
  view.setFloat64(16, header.position, true);
  view.setFloat64(24, header.durableMark, true);
  view.setFloat64(32, header.timeMs, true);
  view.setUint32(40, header.bodyLength, true);
  view.setUint32(44, header.bodyCrc, true);
  view.setUint32(48, header.previousCrc, true);
  view.setUint32(52, header.eventCount, true);
  view.setUint32(56, 0, true);
  const crc = headerCrc(group, header.metaLength, salt);
  view.setUint32(60, crc, true);
  return crc;
}

function headerCrc(group: Uint8Array, metaLength: number, salt: number): number {
  const fixed = crc32(group.subarray(0, 60), salt);
  return crc32(group.subarray(GROUP_HEADER_BYTES, GROUP_HEADER_BYTES + metaLength), fixed);
}

/**
 * Judges the header that begins at byte 0 of `bytes`, and its metas. `bytes` may end anywhere behind them; it is
 * `bad` when they end before. Position and previous CRC are the caller's to compare.
 */
export function decodeGroupHeader(bytes: Uint8Array, segment: number, salt: number): Decoded<GroupHeader> {
  if (bytes.length < GROUP_HEADER_BYTES) return bad('the file ends inside a group header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = judgeMagic(view, GROUP_MAGIC, 'group');
  if (start !== null) return start;
  const flags = view.getUint16(6, true);
  const metaLength = view.getUint32(12, true);
  if (metaLength > META_BYTES_MAX) return bad('the metas are longer than any');
  if (GROUP_HEADER_BYTES + metaLength > bytes.length) return bad('the metas reach beyond the segment');
  const crc = view.getUint32(60, true);
  if (crc !== headerCrc(bytes, metaLength, salt)) return bad('the CRC of header and metas does not fit');
  const version = judgeVersion(view, 'group');
  if (version !== null) return version;
  if (view.getUint32(8, true) !== segment) return bad('the group belongs to another segment');
  // Whole, but with something in it that only a newer version understands.
  if (flags !== 0 || view.getUint32(56, true) !== 0) return { type: 'newer', version: FORMAT_VERSION + 1 };
  return {
    type: 'ok',
    value: {
      segment,
      position: view.getFloat64(16, true),
      durableMark: view.getFloat64(24, true),
      timeMs: view.getFloat64(32, true),
      metaLength,
      bodyLength: view.getUint32(40, true),
      bodyCrc: view.getUint32(44, true),
      previousCrc: view.getUint32(48, true),
      eventCount: view.getUint32(52, true),
      crc,
    },
  };
}

/** Metas as the header at `bytes` says; for a reader that must know how much more to fetch before it can judge. */
export const metaLengthAt = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, GROUP_HEADER_BYTES).getUint32(12, true);

/** The block section of a whole group in `bytes`, or null when its CRC does not fit. */
export function verifiedBodies(bytes: Uint8Array, header: GroupHeader): Uint8Array | null {
  const start = GROUP_HEADER_BYTES + header.metaLength;
  if (start + header.bodyLength > bytes.length) return null;
  const bodies = bytes.subarray(start, start + header.bodyLength);
  return crc32(bodies) === header.bodyCrc ? bodies : null;
}
