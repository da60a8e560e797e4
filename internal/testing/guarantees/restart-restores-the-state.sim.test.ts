// How it is proved: every event that was ever recorded is kept beside the broker. At each start the state that checkpoint,
// relocation and segments give must have the fingerprint of the state that all those events give, and recovering twice
// must give the same.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a restart restores the state that the broker had, to the last bit', async () => {
  const seen = await sweep(seedsFrom(5_001, 25), 'restarts');
  expect(seen.starts).toBeGreaterThan(120);
  expect(seen.checkpoints).toBeGreaterThan(40);
  expect(seen.relocated).toBeGreaterThan(50);
  expect(seen.trimmed).toBeGreaterThan(5);
});
