// `npm start`: installs what is missing, builds what is stale, then becomes `tachyon up` with the given arguments.
// Invariant: each signal that someone sends reaches the broker's supervisor once, and its exit code is ours. A Ctrl-C
// comes to this process twice, from the terminal and forwarded by npm; and a second signal means "stop at once". So
// the child has a process group of its own, and signals are passed on here, close repetitions counting as one.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, orExit, root } from './bootstrap.mjs';

const REPETITION_MS = 300;

await orExit(ensureInstalled);
await orExit(ensureBuilt);

const main = join(root, 'dist/bin/tachyon.js');
const child = spawn(process.execPath, [main, 'up', ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: process.platform !== 'win32',
});

const lastSeenAt = new Map();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    const now = performance.now();
    const repeated = now - (lastSeenAt.get(signal) ?? Number.NEGATIVE_INFINITY) < REPETITION_MS;
    lastSeenAt.set(signal, now);
    if (!repeated) child.kill(signal);
  });
}

child.on('error', (error) => {
  process.stderr.write(`cannot run ${main}: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
