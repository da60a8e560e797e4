// How it is proved: delivery ids grow in the order of hand-over, over all lives of the broker. By them, no message of a partition key
// is given behind a later one of its key, though consumers compete, fail and go, and power and process fail.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('the messages of a key are handed over one after the other', async () => {
  const seen = await sweep(seedsFrom(9_001, 40), 'lanes');
  expect(seen.keyed).toBeGreaterThan(1_000);
  expect(seen.redelivered).toBeGreaterThan(100);
  expect(seen.starts).toBeGreaterThan(75);
});
