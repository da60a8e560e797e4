// Watches what libzmq tells about a socket: failed greetings, and the moment when the closed socket is really gone, that
// is when its messages are out or its linger is over and its port is free. Closing itself returns before that, and a
// process that exits then loses what was on its way.

import type { Socket } from 'zeromq';

/** Beyond the linger, for libzmq's own threads to take the socket down. */
const CLOSE_GRACE_MS = 1_000;

export class SocketWatch {
  readonly #socket: Socket;
  readonly #ended: Promise<void>;

  /** `handshakeFailed` gets what was wrong with a greeting. */
  constructor(socket: Socket, handshakeFailed: (detail: string) => void) {
    this.#socket = socket;
    this.#ended = this.#read(handshakeFailed);
  }

  /** Closes; resolves when libzmq has let go of the socket, at the latest a second after the linger. */
  async close(lingerMs: number): Promise<void> {
    this.#socket.linger = Math.max(0, Math.ceil(lingerMs));
    this.#socket.close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lingerMs + CLOSE_GRACE_MS);
    });
    await Promise.race([this.#ended, late]);
    clearTimeout(timer);
  }

  async #read(handshakeFailed: (detail: string) => void): Promise<void> {
    for await (const event of this.#socket.events) {
      if (event.type === 'end') return;
      if ('error' in event && event.type.startsWith('handshake:error')) handshakeFailed(event.error.message);
    }
  }
}
