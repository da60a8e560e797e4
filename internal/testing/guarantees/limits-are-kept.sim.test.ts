// How it is proved: narrow quotas and throttles in a storm of crashes and lost connections. A bound that is passed, a count that is
// not that of the rows, or a producer that waits and is refused ends the run; in the end everybody was answered and served.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('what lies in queues and with consumers stays within its bounds, over crashes, and nobody starves', async () => {
  const seen = await sweep(seedsFrom(9_001, 30), 'limits');
  expect(seen.heldBack).toBeGreaterThan(300);
  expect(seen.quotaRefused).toBeGreaterThan(50);
  expect(seen.throttled).toBeGreaterThan(20);
  expect(seen.dispatchPaused).toBeGreaterThan(300);
  expect(seen.starts).toBeGreaterThan(75);
});
