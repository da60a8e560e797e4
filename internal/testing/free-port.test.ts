// Two endpoints of one broker were once given the same port.

import { expect, it } from 'vitest';
import { freePort } from './free-port.ts';

it('never gives a port twice', async () => {
  const given: number[] = [];
  for (let count = 0; count < 300; count += 1) given.push(await freePort());
  expect(new Set(given).size).toBe(300);
});
