// LZ4 with both size orders: round trips, bombs, lies about the size, and random bytes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressBlockBE, compressBlockLE, decompressBlockBE, decompressBlockLE, type Lz4Result } from './lz4.ts';

const MIB = 1024 * 1024;
const hex = (result: Lz4Result): string =>
  result instanceof Uint8Array ? Buffer.from(result).toString('hex') : result.error;

const ORDERS = [
  ['little-endian', compressBlockLE, decompressBlockLE, true],
  ['big-endian', compressBlockBE, decompressBlockBE, false],
] as const;

describe.each(ORDERS)('with a %s size', (_, compress, decompress, littleEndian) => {
  const sized = (size: number, block: Uint8Array): Uint8Array => {
    const packed = new Uint8Array(4 + block.length);
    new DataView(packed.buffer).setUint32(0, size, littleEndian);
    packed.set(block, 4);
    return packed;
  };

  it('what was compressed comes back, and the input stays as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 20 }), (part, times) => {
        const bytes = Buffer.concat(Array.from({ length: times }, () => part));
        const packed = compress(bytes);
        const before = hex(packed);
        expect(hex(decompress(packed, bytes.length))).toBe(bytes.toString('hex'));
        expect(hex(packed)).toBe(before);
      }),
    );
  });

  it('reads a block that was written by hand', () => {
    // Five literals "hello", then their repetition: token, literals, offset 5, and the last five literals.
    const block = Buffer.from('5168656c6c6f05005068656c6c6f', 'hex');
    expect(Buffer.from(decompress(sized(15, block), 100) as Uint8Array).toString()).toBe(
      'hellohellohello'.slice(0, 15),
    );
  });

  it.each([0xffff_ffff, 0x8000_0000, 8 * MIB + 1])(
    'a declared size of %i is refused before anything is allocated',
    (size) => {
      const before = process.memoryUsage().arrayBuffers;
      expect(decompress(sized(size, new Uint8Array(64)), 8 * MIB)).toMatchObject({ error: 'PAYLOAD_TOO_LARGE' });
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
    },
  );

  it('a size that so few bytes cannot hold is refused', () => {
    expect(decompress(sized(8 * MIB, new Uint8Array(100)), 8 * MIB)).toMatchObject({ error: 'MALFORMED_BODY' });
  });

  it('a bomb does not get past the bound', () => {
    const packed = compress(new Uint8Array(8 * MIB));
    expect(packed.length).toBeLessThan(64 * 1024);
    expect(decompress(packed, MIB)).toMatchObject({ error: 'PAYLOAD_TOO_LARGE' });
    expect(decompress(packed, 8 * MIB)).toHaveLength(8 * MIB);
  });

  it.each([-1, 1])('a size that is wrong by %i is refused', (by) => {
    const packed = compress(Buffer.from('hello hello hello hello hello'));
    expect(decompress(sized(29 + by, packed.subarray(4)), 100)).toMatchObject({ error: 'MALFORMED_BODY' });
  });

  it.each([[0], [1], [2], [3]])('%i bytes are no body', (length) => {
    expect(decompress(new Uint8Array(length), 100)).toMatchObject({ error: 'MALFORMED_BODY' });
  });

  it('random and mutated bytes give a result of the declared size or a refusal, never a throw', () => {
    const valid = compress(Buffer.from('the quick brown fox, the quick brown dog, the quick brown owl'));
    const mutated = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => changes.reduce((bytes, [at, value]) => bytes.with(at, value), Uint8Array.from(valid)));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const result = decompress(bytes, 4096);
        if (!(result instanceof Uint8Array)) {
          expect(result.type).toBe('refused');
          return;
        }
        const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, littleEndian);
        expect(result.length).toBe(size);
      }),
      { numRuns: 2000 },
    );
  });
});

it('the two orders differ in the size only', () => {
  const bytes = Buffer.from('abcabcabcabcabcabcabc');
  expect(hex(compressBlockBE(bytes)).slice(8)).toBe(hex(compressBlockLE(bytes)).slice(8));
  expect(hex(compressBlockBE(bytes).subarray(0, 4))).toBe('00000015');
  expect(hex(compressBlockLE(bytes).subarray(0, 4))).toBe('15000000');
});
