// How it is proved: consumers with resumable sessions lose their connections, and the broker is restarted in order. An ack
// of a delivery that is refused as stale before its deadline, although its session was resumed, ends the run.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a resumable session keeps its leases over a reconnect within its grace', async () => {
  const seen = await sweep(seedsFrom(6_001, 25), 'sessions');
  expect(seen.resumed).toBeGreaterThan(50);
});
