// The Chromium that the tests of the page drive.

import { spawnSync } from 'node:child_process';

const CANDIDATES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Its path, or null: then the tests that need it are skipped, and `npm test` says so. */
export function chromiumPath(): string | null {
  for (const name of CANDIDATES) {
    const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return null;
}
