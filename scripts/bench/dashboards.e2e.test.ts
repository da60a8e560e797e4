// The dashboards bench runs small here, so that it cannot rot. Its figures mean nothing.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('the dashboards bench measures with nobody looking and with some', () => {
  const args = ['--dashboards', '3', '--rounds', '1', '--seconds', '0.5', '--rate', '100', '--json'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'dashboards.ts'), ...args],
    { encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { figures, ratio } = JSON.parse(stdout) as { figures: { looking: number; p99Ms: number }[]; ratio: number };
  expect(figures.map(({ looking }) => looking)).toEqual([0, 3]);
  for (const { p99Ms } of figures) expect(p99Ms).toBeGreaterThan(0);
  expect(ratio).toBeGreaterThan(0);
});
