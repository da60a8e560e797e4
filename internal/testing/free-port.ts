// A port for a process that must be told its port before it starts.

import { createServer } from 'node:net';

/** Below the ports that the system gives out by itself, so that nobody who asks it for any gets this one meanwhile. */
const LOWEST = 20_000;
const COUNT = 12_000;
/** Test files that run side by side look in places of their own. */
const SHARE = 400;

const worker = Number(process.env['VITEST_POOL_ID'] ?? process.pid);
let next = LOWEST + ((worker * SHARE) % COUNT) + Math.floor(Math.random() * SHARE);

/** Free at this moment, and never one that this process was given before, until all of them were. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = next + 1 < LOWEST + COUNT ? next + 1 : LOWEST;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
      server.listen(port, '127.0.0.1');
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}
