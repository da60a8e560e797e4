// How it is proved: delivery ids grow in the order of hand-over. By them, the first deliveries of a queue must be in the
// order of the broker's sequences, and those of one producer in the order in which it sent.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('the messages of a queue are first handed over in order', async () => {
  const seen = await sweep(seedsFrom(3_001, 25), 'order');
  expect(seen.firsts).toBeGreaterThan(2_000);
  expect(seen.redelivered).toBeGreaterThan(300);
});
