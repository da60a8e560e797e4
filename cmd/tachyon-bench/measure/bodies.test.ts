// Bodies tell who made them and when at any size, and are as compressible as they say.

import { describe, expect, it } from 'vitest';
import { compressBlockLE } from '../../../pkg/encoding/lz4.ts';
import { filling } from './filling.ts';
import { BodyMaker, readStamp, STAMP_BYTES, stampedAtMs, stampedIndex, stampedProducer } from './stamped-body.ts';

describe('a stamped body', () => {
  it('of 16 bytes is its stamp alone', () => {
    const body = new BodyMaker(3, STAMP_BYTES).make(42, 1_234.567);
    expect(body).toHaveLength(16);
    expect(readStamp(body)).toEqual({ publishedAtMs: 1_234.567, producer: 3, index: 42 });
  });

  it('holds the largest numbers that a run may have', () => {
    const nineYearsMs = 2 ** 48 / 1e3 - 1;
    const body = new BodyMaker(0xffff_ffff, 20).make(2 ** 48 - 1, nineYearsMs);
    expect([stampedAtMs(body), stampedIndex(body), stampedProducer(body)]).toEqual([
      nineYearsMs,
      2 ** 48 - 1,
      0xffff_ffff,
    ]);
  });

  it.each([16, 17, 512, 4_096, 65_536])('of %i bytes is filled to the last one, the same every time', (bytes) => {
    expect(filling(bytes)).toHaveLength(bytes);
    expect(filling(bytes).equals(filling(bytes))).toBe(true);
    expect(filling(bytes).includes(0)).toBe(false);
  });

  it.each([
    [512, 0.5, 0.7],
    [4_096, 0.4, 0.55],
    [65_536, 0.35, 0.5],
    [1_048_576, 0.35, 0.5],
  ])('of %i bytes compresses like readings, to between %d and %d', (bytes, least, most) => {
    const share = compressBlockLE(filling(bytes)).length / bytes;
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThan(most);
  });
});
