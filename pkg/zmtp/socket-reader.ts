// Reads a socket into memory that is used again for the next read, of any socket. By itself a socket takes new memory
// of 64 KiB outside the heap for each read, and the collector is called the sooner the more of it there is: with bodies
// of megabytes it took a third of the time.
//
// Invariant: the bytes given to `take` are lent for the time of the call.

import { connect, type OnReadOpts, Socket } from 'node:net';

/** `areLent`: the bytes hold until the call returns. Otherwise they belong to whoever takes them. */
export type TakeBytes = (bytes: Uint8Array, areLent: boolean) => void;

/** One read takes at most so much. Sockets of a process are read one after another, so that one is enough for all. */
const READ_BYTES = 128 * 1024;
let lent: Buffer | undefined;

export class SocketReader {
  readonly socket: Socket;
  #take: TakeBytes | undefined;

  private constructor(open: (onread: OnReadOpts) => Socket, isLent: boolean) {
    lent ??= Buffer.allocUnsafeSlow(READ_BYTES);
    const buffer = lent;
    this.socket = open({
      buffer,
      callback: (bytes) => {
        this.#take?.(buffer.subarray(0, bytes), true);
        return true;
      },
    });
    if (!isLent) this.socket.on('data', (chunk: Buffer) => this.#take?.(chunk, false));
  }

  static dial(target: { readonly host: string; readonly port: number } | { readonly path: string }): SocketReader {
    return new SocketReader((onread) => connect({ ...target, onread }), true);
  }

  /**
   * Of a socket that a server accepted with `pauseOnConnect`. Servers have no option for the memory of a read, so that
   * its handle goes to a socket that has; where a runtime keeps the handle elsewhere, the socket stays as it is.
   */
  static accepted(socket: Socket): SocketReader {
    const known = socket as unknown as { _handle?: object | null };
    const handle = known._handle;
    if (handle === undefined || handle === null || !('useUserBuffer' in handle))
      return new SocketReader(() => socket.resume(), false);
    known._handle = null;
    return new SocketReader((onread) => new Socket({ handle, onread } as object), true);
  }

  /** Before the socket has read anything. */
  onBytes(take: TakeBytes): void {
    this.#take = take;
  }
}
