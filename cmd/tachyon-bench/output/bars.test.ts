// Bars in a terminal: every message is in one of them.

import { expect, it } from 'vitest';
import { Histogram } from '../measure/histogram.ts';
import { bars } from './bars.ts';

it('bars count all messages, doubling by doubling, the longest for the most frequent', () => {
  const histogram = new Histogram();
  for (let index = 0; index < 90; index += 1) histogram.record(0.9);
  for (let index = 0; index < 9; index += 1) histogram.record(3.5);
  histogram.record(100);
  const lines = bars(histogram).trimEnd().split('\n');
  expect(lines[0]).toContain('≤ 1 ms');
  expect(lines.at(-1)).toContain('≤ 128 ms');
  expect(lines).toHaveLength(8);
  expect(lines.map((line) => Number(line.split(/\s+/).at(-1)))).toEqual([90, 0, 9, 0, 0, 0, 0, 1]);
  const longest = lines.map((line) => (line.match(/█/g) ?? []).length);
  expect(longest[0]).toBe(50);
  expect(longest[2]).toBe(5);
  expect(lines.at(-1)).toContain('100 %');
});
