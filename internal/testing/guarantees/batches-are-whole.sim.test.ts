// How it is proved: most publishes are atomic batches, some with a message that leads nowhere, while power, process, disk and
// connections fail. Producers publish again what has no answer: a batch of which a crash left a part would be refused then,
// and a batch that was refused must never be handed over. One that has two outcomes, or none, ends the run.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('an atomic batch is there whole or not at all, whatever fails and whenever', async () => {
  const seen = await sweep(seedsFrom(9_001, 30), 'batches');
  expect(seen.batchesConfirmed).toBeGreaterThan(500);
  expect(seen.batchesRefused).toBeGreaterThan(200);
  expect(seen.starts).toBeGreaterThan(100);
});
