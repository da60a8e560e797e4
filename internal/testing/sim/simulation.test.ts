// The simulator itself: the same seed is the same run, and another one is not.

import { expect, test } from 'vitest';
import { simulate } from './simulation.ts';

async function traced(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await simulate({ seed, trace: (line) => void lines.push(line) });
  return lines;
}

test('the same seed gives the same run, line by line', async () => {
  const once = await traced(12);
  expect(once.length).toBeGreaterThan(100);
  expect(await traced(12)).toEqual(once);
});

test('another seed gives another run', async () => {
  expect(await traced(13)).not.toEqual(await traced(12));
});
