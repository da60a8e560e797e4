// How it is proved: consumers ask for a reply to their acks, and the power goes soon after. A delivery of a message whose
// ack was replied to, or such a message among the dead letters, ends the run.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a message whose ack was replied to is never delivered again', async () => {
  const seen = await sweep(seedsFrom(2_001, 25), 'acks');
  expect(seen.durableAcks).toBeGreaterThan(800);
  expect(seen.starts).toBeGreaterThan(75);
});
