// The other end of a connection, written by hand: bytes go out as a test puts them, and what comes back is kept.

import { connect, createServer, type Socket } from 'node:net';
import { parseAddress } from '../address.ts';
import { concat } from '../bytes.ts';
import { encodeCommand } from '../commands.ts';
import { encodeGreeting } from '../greeting.ts';
import { encodeMetadata } from '../metadata.ts';

export const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

/** Greeting and READY of a ZMTP 3.1 peer, or of an earlier one by its minor version. */
export function opening(socketType: string, { identity = '', minor = 1 } = {}): Uint8Array {
  const greeting = encodeGreeting('NULL', false);
  greeting[11] = minor;
  const properties: [string, Uint8Array][] = [['Socket-Type', ascii(socketType)]];
  if (identity !== '') properties.push(['Identity', ascii(identity)]);
  return concat([greeting, encodeCommand('READY', encodeMetadata(properties))]);
}

export class RawPeer {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  isEnded = false;
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.#chunks.push(chunk));
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    // A reset is one way of being told to go.
    socket.on('error', () => {});
  }

  static connect(address: string): RawPeer {
    const endpoint = parseAddress(address);
    return new RawPeer(
      connect(endpoint.type === 'tcp' ? { host: endpoint.host, port: endpoint.port } : { path: endpoint.path }),
    );
  }

  /** Waits at a free port for one peer after the other. */
  static async listen(onPeer: (peer: RawPeer) => void, port = 0): Promise<{ readonly address: string; close(): void }> {
    const server = createServer((socket) => onPeer(new RawPeer(socket)));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('no port was bound');
    return { address: `tcp://127.0.0.1:${bound.port}`, close: () => server.close() };
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  write(...parts: readonly Uint8Array[]): void {
    this.socket.write(concat(parts));
  }

  destroy(): void {
    this.socket.destroy();
  }
}
