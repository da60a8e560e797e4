// Writes to a socket, and says when the kernel has the bytes: within the call where it takes them all at once, as it
// mostly does, so that what is sent next in the same turn of the event loop waits for nothing.
// Invariant: each write that succeeds is told once; the next one begins after that.

import type { Socket } from 'node:net';

export class SocketWriter {
  readonly #socket: Socket;
  readonly #ended: () => void;
  /** Callbacks of the socket come a moment late, in order: those of writes that were told already are passed over. */
  #begun = 0;
  #calledBack = 0;
  #isWriting = false;

  constructor(socket: Socket, ended: () => void) {
    this.#socket = socket;
    this.#ended = ended;
    socket.setNoDelay(true);
  }

  write(parts: readonly Uint8Array[]): void {
    const socket = this.#socket;
    const last = parts.length - 1;
    this.#begun += 1;
    this.#isWriting = true;
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index += 1) socket.write(parts[index]!);
    socket.write(parts[last]!, this.#callback);
    if (last > 0) socket.uncork();
    if (socket.writableLength === 0 && !socket.destroyed) this.#end();
  }

  /** An error is told by the socket itself. */
  readonly #callback = (error?: Error | null): void => {
    this.#calledBack += 1;
    const isFine = error === undefined || error === null;
    if (isFine && this.#calledBack === this.#begun) this.#end();
  };

  #end(): void {
    if (!this.#isWriting) return;
    this.#isWriting = false;
    this.#ended();
  }
}
