// A process that sends back what it is sent, over a bare socket: the floor under any round trip between two processes.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export interface EchoReady {
  readonly type: 'echo';
  readonly port: number;
}

export function runEcho(): void {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    const ready: EchoReady = { type: 'echo', port };
    process.send?.(ready);
  });
  process.once('disconnect', () => process.exit(0));
}
