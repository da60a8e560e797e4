// Seeded chance is repeatable, even, and independent where it is forked.

import { expect, test } from 'vitest';
import { Random } from './random.ts';

test('the same seed gives the same run', () => {
  const draw = (seed: number): unknown => {
    const random = new Random(seed);
    return [
      random.fraction(),
      random.int(1000),
      random.bool(0.3),
      random.bytes(8),
      random.pick(['a', 'b', 'c']),
      random.fork().int(99),
    ];
  };
  expect(draw(42)).toEqual(draw(42));
  expect(draw(42)).not.toEqual(draw(43));
  expect(draw(7)).not.toEqual(draw(7 + 0x1_0000_0000));
});

test('neighbouring seeds draw evenly from the first word on', () => {
  const counts = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 10_000; seed += 1) {
    const drawn = new Random(seed).int(10);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test('a fork does not shift its parent', () => {
  const [one, two] = [new Random(5), new Random(5)];
  one.fork().bytes(100);
  two.fork();
  expect(one.fraction()).toBe(two.fraction());
});

test('every number below the bound is reached and none beyond it', () => {
  const random = new Random(1);
  const seen = new Set(Array.from({ length: 1000 }, () => random.int(7)));
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(() => random.pick([])).toThrow(RangeError);
});
