// Headers, footers and trailers: the bytes of version 1, and what is said of bytes that are not right. A whole header
// of a newer version is newer, whatever its fields mean; one whose CRC does not hold is damaged, whatever its version.

import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeGroupHeader, encodeGroupHeader, verifiedBodies } from './group-header.ts';
import {
  footerBytes,
  groupBytesMax,
  groupsEndMax,
  isPreparingName,
  preparingName,
  segmentIdOf,
  segmentName,
} from './layout.ts';
import {
  decodeFooter,
  decodeSegmentHeader,
  decodeTrailer,
  encodeFooter,
  encodeSegmentHeader,
  encodeTrailer,
} from './segment-frame.ts';

const SALT = 0x01020304;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const metas = Uint8Array.of(1, 2, 3);
const bodies = Uint8Array.of(9, 8, 7, 6);

function group(): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set(metas, 64);
  bytes.set(bodies, 67);
  const header = {
    segment: 5,
    position: 77,
    durableMark: 70,
    timeMs: 1_700_000_000_000,
    metaLength: 3,
    bodyLength: 4,
    bodyCrc: crc32(bodies),
    previousCrc: 0xcafebabe,
    eventCount: 2,
  };
  encodeGroupHeader(bytes, header, SALT);
  return bytes;
}

const segment = (): Uint8Array => encodeSegmentHeader({ id: 5, salt: SALT, preparedBytes: 8192 });
const footer = (): Uint8Array =>
  encodeFooter(
    { segment: 5, first: 70, durableMark: 69, timeMs: 1.5, lastCrc: 9, directory: Uint32Array.of(1, 30, 2, 40) },
    SALT,
  );
const trailer = (): Uint8Array => encodeTrailer(5, 1536, SALT);

test('a group header comes back, and its bodies verify', () => {
  const decoded = decodeGroupHeader(group(), 5, SALT);
  expect(decoded).toMatchObject({
    type: 'ok',
    value: { position: 77, durableMark: 70, timeMs: 1_700_000_000_000, previousCrc: 0xcafebabe, eventCount: 2 },
  });
  if (decoded.type === 'ok') expect(verifiedBodies(group(), decoded.value)).toEqual(bodies);
});

test('frames come back', () => {
  expect(decodeSegmentHeader(segment(), 5)).toEqual({
    type: 'ok',
    value: { id: 5, salt: SALT, preparedBytes: 8192 },
  });
  expect(decodeFooter(footer(), 5, SALT)).toMatchObject({
    type: 'ok',
    value: { first: 70, durableMark: 69, timeMs: 1.5, lastCrc: 9, directory: Uint32Array.of(1, 30, 2, 40) },
  });
  expect(decodeTrailer(trailer(), 5, SALT)).toEqual({ type: 'ok', value: 1536 });
});

test('the bytes of version 1 stay as they are', () => {
  expect(hex(group().subarray(0, 72))).toMatchInlineSnapshot(
    `"544752500100000005000000030000000000000000405340000000000080514000008056febc784204000000dcf27df4bebafeca020000000000000099f7bb6d0102030908070600"`,
  );
  expect(hex(segment().subarray(0, 28))).toMatchInlineSnapshot(
    `"54534547010000000500000004030201000000000000c04096819ed6"`,
  );
  expect(hex(footer().subarray(0, 80))).toMatchInlineSnapshot(
    `"5446545201000000050000000200000000000000008051400000000000405140000000000000f83f0900000055698ecc00000000000000000000000000000000010000001e0000000200000028000000"`,
  );
  expect(hex(trailer().subarray(0, 28))).toMatchInlineSnapshot(
    `"5454524c01000000050000000000000000000000000098408c458467"`,
  );
});

function withCrc(bytes: Uint8Array, at: number, crc: number): Uint8Array {
  new DataView(bytes.buffer).setUint32(at, crc, true);
  return bytes;
}

const KINDS = [
  {
    name: 'group header',
    whole: group,
    decode: (bytes: Uint8Array) => decodeGroupHeader(bytes, 5, SALT),
    covered: 67,
    sealed: (bytes: Uint8Array) =>
      withCrc(bytes, 60, crc32(bytes.subarray(64, 67), crc32(bytes.subarray(0, 60), SALT))),
  },
  {
    name: 'segment header',
    whole: segment,
    decode: (bytes: Uint8Array) => decodeSegmentHeader(bytes, 5),
    covered: 28,
    sealed: (bytes: Uint8Array) => withCrc(bytes, 24, crc32(bytes.subarray(0, 24))),
  },
  {
    name: 'footer',
    whole: footer,
    decode: (bytes: Uint8Array) => decodeFooter(bytes, 5, SALT),
    covered: 48,
    sealed: (bytes: Uint8Array) =>
      withCrc(bytes, 44, crc32(bytes.subarray(64, 80), crc32(bytes.subarray(0, 44), SALT))),
  },
  {
    name: 'trailer',
    whole: trailer,
    decode: (bytes: Uint8Array) => decodeTrailer(bytes, 5, SALT),
    covered: 28,
    sealed: (bytes: Uint8Array) => withCrc(bytes, 24, crc32(bytes.subarray(0, 24), SALT)),
  },
];

describe.each(KINDS)('$name', ({ whole, decode, covered, sealed }) => {
  test('any flipped bit is noticed', () => {
    for (let bit = 0; bit < covered * 8; bit += 1) {
      const bytes = whole();
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      // A magic of zeros would be blank; one bit does not make it so.
      expect(decode(bytes).type, `bit ${bit}`).toBe('bad');
    }
  });

  test('a newer version is newer when the CRC holds, whatever else has changed', () => {
    const bytes = whole();
    bytes[4] = 2;
    bytes.fill(0xff, 6, 12);
    bytes.fill(0xff, 16, 24);
    expect(decode(sealed(bytes))).toEqual({ type: 'newer', version: 2 });
  });

  test('version 0 is damage, even when the CRC holds', () => {
    const bytes = whole();
    bytes[4] = 0;
    expect(decode(sealed(bytes)).type).toBe('bad');
  });

  test('another magic number is damage, whatever the version says', () => {
    const bytes = whole();
    bytes[0] = 1;
    bytes[4] = 2;
    expect(decode(bytes).type).toBe('bad');
  });

  test('cut anywhere, it is damage, not a crash', () => {
    for (let length = 0; length < 27; length += 1) expect(decode(whole().subarray(0, length)).type).toBe('bad');
  });
});

test('bytes of another segment are not taken for this one: id and salt must fit', () => {
  expect(decodeGroupHeader(group(), 6, SALT).type).toBe('bad');
  expect(decodeGroupHeader(group(), 5, SALT + 1).type).toBe('bad');
  expect(decodeFooter(footer(), 5, SALT + 1).type).toBe('bad');
  expect(decodeTrailer(trailer(), 6, SALT).type).toBe('bad');
});

test('a flag that is not known makes a whole header newer, not damaged', () => {
  const bytes = segment();
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint32(24, crc32(bytes.subarray(0, 24)), true);
  expect(decodeSegmentHeader(bytes, 5).type).toBe('newer');
});

test('names say the id, and only whole names count', () => {
  expect(segmentName(42)).toBe('00000000000000000042.segment');
  expect(segmentIdOf(segmentName(42))).toBe(42);
  expect(segmentIdOf(preparingName(42))).toBeNull();
  expect(segmentIdOf('42.segment')).toBeNull();
  expect(isPreparingName(preparingName(42))).toBe(true);
  expect(isPreparingName('checkpoint.preparing')).toBe(false);
});

test('a segment has room for its footer and trailer, however many groups it holds', () => {
  for (let groups = 1; groups < 200; groups += 1) {
    expect(groupsEndMax(1024 * 1024, groups) + footerBytes(groups) + 512).toBe(1024 * 1024);
  }
  expect(groupBytesMax(4096)).toBe(4096 - 3 * 512);
});
