// The bench of the core measures what it says: every message is confirmed, delivered and acknowledged.

import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { benchCore } from './core.ts';

it('takes each of its messages through the whole core', async () => {
  const { messages, cpuUs, turns } = await benchCore(2_560, tmpdir());
  expect(messages).toBe(2_560);
  expect(cpuUs).toBeGreaterThan(0);
  expect(turns).toBeGreaterThan(0);
});
