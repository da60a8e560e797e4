// The evidence run of the sidecar in small, so that it cannot rot.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'sidecar.ts');

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', SCRIPT, ...args], { encoding: 'utf8' });

it('a sidecar that is killed, stopped, damaged and unlinked loses nothing', () => {
  const { status, stdout } = run('--n', '8');
  expect(stdout).toContain('{"kill":2,"stop":2,"corrupt":2,"unlink":2}');
  expect(stdout).toMatch(/\n8 faults in \d+ s, \d+ calls, 0 lost: passed\n$/);
  expect(status).toBe(0);
});

it('a run of no faults is refused: it would show nothing', () => {
  expect(run('--n', '0').status).not.toBe(0);
});
