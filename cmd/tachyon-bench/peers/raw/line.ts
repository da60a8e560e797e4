// A TCP connection of a raw driver: bytes in, bytes out, and every end of it a failure of the round.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Target } from '../work/words.ts';

export interface Line {
  write(bytes: Uint8Array): void;
}

interface Seat {
  readonly job: { readonly target: Pick<Target, 'host' | 'port'> };
  readonly fail: (error: Error) => void;
}

/** `take` may throw: the round has failed then. */
export async function openLine({ job, fail }: Seat, take: (chunk: Buffer) => void): Promise<Line> {
  const { host, port } = job.target;
  const socket = connect({ host, port, noDelay: true });
  socket.on('data', (chunk: Buffer) => {
    try {
      take(chunk);
    } catch (error) {
      fail(error as Error);
    }
  });
  await once(socket, 'connect');
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  return { write: (bytes) => void socket.write(bytes) };
}

/** A promise that is resolved from outside: an answer that is waited for. */
export class Answer<T> {
  #resolve!: (value: T) => void;
  readonly promise: Promise<T> = new Promise((resolve) => {
    this.#resolve = resolve;
  });

  give(value: T): void {
    this.#resolve(value);
  }
}
