// A server that speaks just enough NATS to take messages and hand them on, and loses one of them: what the judge of a
// round must notice.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { RunningServer } from '../servers/server.ts';

const HOST = '127.0.0.1';
const PUBLISH = /^PUB \S+ (\d+)$/;
const SUBSCRIBE = /^SUB race (\d+)$/;

/** `loses`: which of the messages, counted from 1, does not reach the subscriber; 0: none. */
export async function startForgetfulServer(loses: number): Promise<RunningServer> {
  const subscribers = new Map<Socket, string>();
  let published = 0;

  const publish = (body: Buffer): void => {
    published += 1;
    if (published === loses) return;
    for (const [socket, sid] of subscribers)
      socket.write(Buffer.concat([Buffer.from(`MSG race ${sid} ${body.length}\r\n`), body, Buffer.from('\r\n')]));
  };

  const server = createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.write('INFO {}\r\n');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => subscribers.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.toString('latin1', 0, end);
        const size = PUBLISH.exec(line)?.[1];
        const next = end + 2 + (size === undefined ? 0 : Number(size) + 2);
        if (next > rest.length) return;
        if (size !== undefined) publish(rest.subarray(end + 2, next - 2));
        const sid = SUBSCRIBE.exec(line)?.[1];
        if (sid !== undefined) subscribers.set(socket, sid);
        if (line === 'PING') socket.write('PONG\r\n');
        rest = rest.subarray(next);
      }
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a port has no number');
  return {
    target: { host: HOST, port: address.port, router: '', pub: '', flavour: '' },
    cpuSeconds: () => null,
    async end() {
      for (const socket of subscribers.keys()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
