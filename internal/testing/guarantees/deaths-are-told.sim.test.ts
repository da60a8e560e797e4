// How it is proved: most messages die, in storms of power, process, disk and connections, while a route asks for copies of dead
// letters. At the end each death has exactly one copy.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a dead letter is copied under its own topic, once', async () => {
  const seen = await sweep(seedsFrom(9_001, 30), 'letters');
  expect(seen.copies).toBeGreaterThan(90);
  expect(seen.starts).toBeGreaterThan(100);
});
