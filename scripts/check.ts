// `npm run check`: the whole gate, in order of cheapness, stopping at the first step that fails. Each test counts once
// and so does each step without tests; the last line is plain `N passed, N failed`.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCounts } from './test-counts-reporter.ts';

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** The step is a run of these tests, counted by the reporter. */
  readonly counts?: true;
}

const tests = (project: string): Step => ({
  name: project,
  command: ['vitest', 'run', '--project', project],
  counts: true,
});

const STEPS: readonly Step[] = [
  { name: 'format and lint', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'types', command: ['npm', 'run', '--silent', 'types'] },
  tests('unit'),
  tests('sim'),
  tests('crash'),
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  tests('e2e'),
  { name: 'knip', command: ['npm', 'run', '--silent', 'knip'] },
  { name: 'publint', command: ['npm', 'run', '--silent', 'publint'] },
];

const folder = mkdtempSync(join(tmpdir(), 'tachyon-check-'));
const countsFile = join(folder, 'counts.json');
const total = { passed: 0, failed: 0 };

for (const step of STEPS) {
  const began = Date.now();
  const { passed, failed } = runStep(step);
  total.passed += passed;
  total.failed += failed;
  const verdict = failed === 0 ? 'ok' : 'FAILED';
  console.log(`── ${step.name}: ${verdict} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  if (failed > 0) break;
}

rmSync(folder, { recursive: true, force: true });
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

function runStep(step: Step): { passed: number; failed: number } {
  rmSync(countsFile, { force: true });
  const [command, ...args] = step.command;
  // npm put node_modules/.bin on the path.
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, TEST_COUNTS_FILE: countsFile },
  });
  if (step.counts === undefined) return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const counts = readCounts();
  const isSound = status === 0 && counts.passed > 0;
  return { passed: counts.passed, failed: isSound ? counts.failed : Math.max(1, counts.failed) };
}

function readCounts(): TestCounts {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8')) as TestCounts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // the runner died before its report
  }
}
