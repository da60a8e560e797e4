// How it is proved: most messages are due later or are worth nothing after a time, some are moved or cancelled by operators, while
// power and process fail. One that comes before it is due, when its time is over, or though its cancel was answered, ends the run; in the end each that had no time to go was
// answered for.

import { expect, test } from 'vitest';
import { seedsFrom, sweep } from '../sim/sweep.ts';

test('a message is given not before its time, and not after it', async () => {
  const seen = await sweep(seedsFrom(8_001, 30), 'times');
  expect(seen.delayed).toBeGreaterThan(500);
  expect(seen.cancelled).toBeGreaterThan(30);
  expect(seen.moved).toBeGreaterThan(20);
  expect(seen.expired).toBeGreaterThan(100);
  expect(seen.starts).toBeGreaterThan(75);
});
