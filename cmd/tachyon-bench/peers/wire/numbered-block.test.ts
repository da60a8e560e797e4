// A block's bytes are those of its messages one behind the other, and a ring never hands out a block that is under way.

import { describe, expect, it } from 'vitest';
import { BlockRing, NumberedBlock, numberAt, numberedBody } from './numbered-block.ts';

const shape = { prefix: Buffer.from('<'), bodyBytes: 9, suffix: Buffer.from('>'), count: 3 };

describe('a numbered block', () => {
  it('is its messages one behind the other, as many as were asked for', () => {
    const block = new NumberedBlock(shape);
    const message = (index: number): Buffer => Buffer.concat([shape.prefix, numberedBody(9, index), shape.suffix]);
    expect(block.numbered(0, 3)).toEqual(Buffer.concat([0, 1, 2].map(message)));
    expect(block.numbered(4_294_967_290, 2)).toEqual(Buffer.concat([4_294_967_290, 4_294_967_291].map(message)));
  });

  it('leaves room for a head', () => {
    const bytes = new NumberedBlock({ ...shape, head: 5 }).numbered(258, 1);
    expect(bytes).toHaveLength(5 + 11);
    expect(numberAt(bytes, 6)).toBe(258);
  });
});

describe('a ring', () => {
  it('has handed out a whole window, and one block that ends a phase, before a block comes again', () => {
    const ring = new BlockRing(shape, 10);
    const blocks = Array.from({ length: 6 }, () => ring.next());
    expect(new Set(blocks).size).toBe(6);
    expect(ring.next()).toBe(blocks[0]);
  });
});
