// The line of costs by size is found where there is one, and near it where there is noise.

import { expect, it } from 'vitest';
import { fitLine } from './sizes.ts';

const SIZES = [16, 100, 512, 1_000, 4_096, 16_384];

it('finds the line that the points stand on', () => {
  const { base, slope } = fitLine(SIZES.map((x) => [x, 2.5 + 0.004 * x] as const));
  expect(base).toBeCloseTo(2.5, 6);
  expect(slope).toBeCloseTo(0.004, 9);
});

it('is off by no more than the points are', () => {
  const noisy = SIZES.map((x, index) => [x, (2.5 + 0.004 * x) * (index % 2 === 0 ? 1.05 : 0.95)] as const);
  const { base, slope } = fitLine(noisy);
  expect(Math.abs(base / 2.5 - 1)).toBeLessThan(0.1);
  expect(Math.abs(slope / 0.004 - 1)).toBeLessThan(0.1);
});
