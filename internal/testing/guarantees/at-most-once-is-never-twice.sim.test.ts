// How it is proved: consumers that do not ack come and go on bad connections; a message that any of them gets a second time
// ends the run.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('what is handed over at most once is never handed over twice', async () => {
  const seen = await sweep(seedsFrom(1_001, 25), 'once');
  expect(seen.atMostOnce).toBeGreaterThan(500);
  expect(seen.starts).toBeGreaterThan(75);
});
