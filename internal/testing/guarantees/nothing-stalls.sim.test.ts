// How it is proved: windows of one message, consumers that nack, forget and time out. A message that is ready while a
// consumer has room for it, and nothing is under way, must be on its way within a second of virtual time; and in calm all
// queues run empty.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('no ready message waits for an idle consumer', async () => {
  const seen = await sweep(seedsFrom(7_001, 30), 'windows');
  expect(seen.delivered).toBeGreaterThan(2_000);
});
