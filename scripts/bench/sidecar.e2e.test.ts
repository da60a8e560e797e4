// The sidecar bench runs small here, so that it cannot rot. Its figures mean nothing.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('the sidecar bench measures every way', () => {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'sidecar.ts'), '--seconds', '0.3', '--bytes', '300000'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, '--json'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { figures, p99SidecarToLoop } = JSON.parse(stdout) as {
    readonly figures: readonly Record<string, number | string>[];
    readonly p99SidecarToLoop: number;
  };
  expect(figures.map(({ way }) => way)).toEqual(['none', 'loop', 'threads', 'sidecar']);
  for (const one of figures) {
    expect(one['p99Ms']).toBeGreaterThan(0);
    expect(one['bodiesPerSecond']).toBeGreaterThan(0);
    if (one['way'] !== 'none') expect(one['throughputMb']).toBeGreaterThan(0);
  }
  expect(p99SidecarToLoop).toBeGreaterThan(0);
});
