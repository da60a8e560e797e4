// The Python that has the ZeroMQ binding. The first python3 on the path need not be the one that the system's package
// was installed for, so the system's own is asked too.

import { spawnSync } from 'node:child_process';

const CANDIDATES = ['python3', '/usr/bin/python3'];

/** The command to run, or null: then the tests that need it are skipped, and `npm test` says so. */
export function pythonWithZmq(): string | null {
  return CANDIDATES.find((python) => spawnSync(python, ['-c', 'import zmq'], { stdio: 'ignore' }).status === 0) ?? null;
}
