// How it is proved: three recurring schedules with different policies fire all the while in which power and process fail. A message
// that comes before its time, or a second one for the same time, ends the run; in the end every time of each schedule is told
// once: as a message, or counted as skipped, missed or refused.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a recurring schedule fires once for each of its times, or says why not', async () => {
  const seen = await sweep(seedsFrom(8_101, 25), 'times');
  expect(seen.fired).toBeGreaterThan(150);
  expect(seen.starts).toBeGreaterThan(60);
});
