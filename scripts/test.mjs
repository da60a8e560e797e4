// `npm test`: installs, builds, runs every test (or those that the arguments select) and closes with one plain line,
// `N passed, N failed`. A run in which nothing was checked has failed.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BootstrapError, ensureBuilt, ensureInstalled, root, run, say } from './bootstrap.mjs';

const PYTHONS = ['python3', '/usr/bin/python3'];

try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  close({ passed: 0, failed: 1, skipped: 0 }, 1);
}

const hasZmq = (python) => spawnSync(python, ['-c', 'import zmq'], { stdio: 'ignore' }).status === 0;
if (!PYTHONS.some(hasZmq)) say('!! python3-zmq is missing: the tests of Python clients are skipped');
const hasTool = (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
if (!['prometheus', 'promtool'].every(hasTool)) say('!! prometheus is missing: the tests of its scrapes are skipped');

if (!['chromium', 'chromium-browser', 'google-chrome'].some(hasTool))
  say('!! chromium is missing: the tests of the page are skipped');

const folder = mkdtempSync(join(tmpdir(), 'tachyon-test-'));
const countsFile = join(folder, 'counts.json');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { code } = await run(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  env: { ...process.env, TEST_COUNTS_FILE: countsFile },
});
const counts = readCounts();
rmSync(folder, { recursive: true, force: true });
close(counts, code);

function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }; // the runner died before its report: `close` makes that a failure
  }
}

function close({ passed, failed, skipped }, exitCode) {
  const checkedNothing = passed + failed === 0;
  const failures = failed === 0 && (exitCode !== 0 || checkedNothing) ? 1 : failed;
  const tail = skipped === 0 ? '' : `, ${skipped} skipped`;
  process.stdout.write(`${passed} passed, ${failures} failed${tail}\n`);
  process.exit(failures === 0 ? 0 : exitCode || 1);
}
