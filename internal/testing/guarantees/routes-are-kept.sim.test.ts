// How it is proved: two queues share a topic by a header, and what no route takes is kept, in storms with many starts. A message in
// the wrong one of the two, or one that was confirmed and is nowhere, ends the run.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a message goes where its headers say, and one that no route takes is kept where a route asks for that', async () => {
  const seen = await sweep(seedsFrom(9_101, 20), 'letters');
  expect(seen.unroutable).toBeGreaterThan(80);
  expect(seen.owed).toBeGreaterThan(1_200);
});
