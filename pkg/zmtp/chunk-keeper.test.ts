// What is kept of memory that is lent: copies, of their own or among others.

import { expect, it } from 'vitest';
import { ChunkKeeper } from './chunk-keeper.ts';
import { Seeded } from './testing/seeded.ts';

it('gives copies that nothing changes any more, whatever their sizes', () => {
  const random = new Seeded(11);
  const keeper = new ChunkKeeper();
  const lent = new Uint8Array(200_000);
  const kept = Array.from({ length: 400 }, () => {
    const size = random.pick([1, 30, 1_000, 16_384, 16_385, 65_536, 131_072]);
    const bytes = random.bytes(1 + random.below(size));
    lent.set(bytes);
    return { bytes, copy: keeper.keep(lent.subarray(0, bytes.length)) };
  });
  lent.fill(0);
  for (const { bytes, copy } of kept) expect(Buffer.from(bytes).equals(copy)).toBe(true);
});

it('lets short ones share memory, and gives long ones their own', () => {
  const keeper = new ChunkKeeper();
  const first = keeper.keep(new Uint8Array(100));
  const second = keeper.keep(new Uint8Array(100));
  const long = keeper.keep(new Uint8Array(100_000));
  expect(second.buffer).toBe(first.buffer);
  expect(long.buffer.byteLength).toBe(100_000);
});
