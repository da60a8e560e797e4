// The bench of quotas measures the broker with them: what it sets is met by each of its messages.

import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { UNBOUNDED } from '../../internal/domain/quotas.ts';
import { benchCore } from './core.ts';
import { benchQuotas, EVERY_BOUND } from './quotas.ts';

it('takes its messages through the core with every bound and with none', async () => {
  const { offUs, onUs } = await benchQuotas(2_560, 1, tmpdir());
  expect(offUs).toBeGreaterThan(0);
  expect(onUs).toBeGreaterThan(0);
});

it('has its bounds met: one that is near ends the run', async () => {
  const near = { ...EVERY_BOUND, all: { ...UNBOUNDED, ingress: 100 } };
  await expect(benchCore(2_560, tmpdir(), near)).rejects.toThrow('BUSY');
});
