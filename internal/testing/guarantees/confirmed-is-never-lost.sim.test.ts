// How it is proved: producers keep a book of what was confirmed to them, while power, process, disk and connections fail.
// In the end each confirmed message was answered for in each queue that it was owed to, or is a whole dead letter.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a confirmed message is never lost, whatever fails and whenever', async () => {
  const seen = await sweep(seedsFrom(1, 30), 'confirms');
  expect(seen.confirmed).toBeGreaterThan(1_000);
  expect(seen.answered).toBeGreaterThan(1_000);
  expect(seen.starts).toBeGreaterThan(90);
  expect(seen.crashes['checkpoint']).toBeGreaterThan(0);
  expect(seen.crashes['rotation']).toBeGreaterThan(0);
});
