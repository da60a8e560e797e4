// How long a message takes to another process and back over a bare TCP socket, one at a time.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Histogram, type Percentiles } from '../measure/histogram.ts';
import type { EchoReady } from '../work/echo.ts';
import { BENCH_ENTRY } from './entries.ts';

const WARM_UP = 500;

export async function measureEcho(bytes: number, forMs: number): Promise<Percentiles> {
  const child = fork(BENCH_ENTRY, ['echo'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  try {
    const early = ended.then((): never => {
      throw new Error('the echoing process ended early');
    });
    const [ready] = (await Promise.race([once(child, 'message'), early])) as [EchoReady];
    const socket = connect(ready.port, '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    try {
      return await roundTrips(socket, Buffer.alloc(bytes, 'echo'), forMs);
    } finally {
      socket.destroy();
    }
  } finally {
    if (child.connected) child.disconnect();
    await ended;
  }
}

function roundTrips(socket: Socket, message: Buffer, forMs: number): Promise<Percentiles> {
  const times = new Histogram();
  const untilMs = performance.now() + forMs;
  return new Promise((resolve, reject) => {
    let sentMs = 0;
    let missing = 0;
    let trips = 0;
    const send = (): void => {
      missing = message.length;
      sentMs = performance.now();
      socket.write(message);
    };
    socket.on('data', (chunk: Buffer) => {
      missing -= chunk.length;
      if (missing > 0) return;
      const nowMs = performance.now();
      trips += 1;
      if (trips > WARM_UP) times.record(nowMs - sentMs);
      if (nowMs >= untilMs && times.total > 0) resolve(times.percentiles());
      else send();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the echoing socket was closed')));
    send();
  });
}
