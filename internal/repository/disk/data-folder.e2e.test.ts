// A data folder that cannot be made, given to a whole process: it ends by itself, and says why. Only a process of its own
// can show that, since one that tries for ever never gives its thread back.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { TACHYON_MAIN } from '../../testing/processes/tachyon.ts';

/** A start that is refused takes a fraction of this. */
const PATIENCE_MS = 20_000;

test.each(['/proc/tachyon', '/proc/tachyon/data', '/dev/null/data'])(
  '%s ends a broker at once, with its name',
  (path) => {
    const args = [
      TACHYON_MAIN,
      'broker',
      '--data-dir',
      path,
      '--router',
      'tcp://127.0.0.1:*',
      '--pub',
      'tcp://127.0.0.1:*',
    ];
    const { status, signal, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: PATIENCE_MS });
    expect({ status, signal }).toEqual({ status: 5, signal: null });
    expect(stderr).toContain('DATA_DIR_UNUSABLE');
    expect(stderr).toContain(path);
  },
);
