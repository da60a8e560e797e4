// One peer's share of a turn of the event loop. The system would read from one socket thirty times before it looks at
// another, and at what else has happened; after its share, and one read more, a socket rests until the turn has ended.

import type { Socket } from 'node:net';
import type { Resting, Turn } from './turn.ts';

const BYTES_PER_TURN = 128 * 1024;

export class ReadShare implements Resting {
  readonly #socket: Socket;
  readonly #turn: Turn;
  readonly #mayRead: () => boolean;
  #bytes = 0;
  isResting = false;

  /** `mayRead`: whether nothing else keeps the socket from being read. */
  constructor(socket: Socket, turn: Turn, mayRead: () => boolean) {
    this.#socket = socket;
    this.#turn = turn;
    this.#mayRead = mayRead;
  }

  took(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < BYTES_PER_TURN || this.isResting) return;
    this.isResting = true;
    this.#socket.pause();
    this.#turn.rest(this);
  }

  wake(): void {
    this.isResting = false;
    this.#bytes = 0;
    if (this.#mayRead()) this.#socket.resume();
  }
}
