// Consumer to producer over a Unix socket: how many messages every subscriber has, a u32 each time. It is the
// confirm of systems that give none, so that a window holds for them too and nothing is dropped for want of one.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const WORD_BYTES = 4;

export class FeedbackSender {
  readonly #server: Server;
  #socket: Socket | null = null;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('error', () => socket.destroy()); // the producer went: the race sees its end
    });
  }

  static async listen(path: string): Promise<FeedbackSender> {
    const server = createServer();
    server.listen(path);
    await once(server, 'listening');
    return new FeedbackSender(server);
  }

  tell(arrived: number): void {
    const word = Buffer.allocUnsafe(WORD_BYTES);
    word.writeUInt32LE(arrived, 0);
    this.#socket?.write(word);
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }
}

/** Calls `arrived` with each figure that comes in; of several in one read, with the last. */
export async function hearFeedback(path: string, arrived: (count: number) => void): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % WORD_BYTES);
    rest = bytes.subarray(whole);
    if (whole > 0) arrived(bytes.readUInt32LE(whole - WORD_BYTES));
  });
  return socket;
}
