// A sign of life that the kernel takes back: a listening Unix socket at a path that is never used twice. A connect
// succeeds as long as its process lives, busy or stopped, and is refused from the moment it is gone. Unlike a pid this
// also holds between containers that share the volume: the path leads to the socket whatever the namespaces.

import { closeSync, lstatSync, openSync, rmSync } from 'node:fs';
// oxlint-disable-next-line no-restricted-imports -- a Unix socket in the data folder, as a sign of life: no network
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { TachyonError } from '../../../pkg/protocol/errors.ts';

/** Bytes that every system takes (Linux 107, macOS 103); libuv would cut a longer path and bind another name. */
const ADDRESS_BYTES_MAX = 100;

export class LivenessSocket {
  readonly #path: string;
  readonly #address: Address;
  readonly #server: Server;

  private constructor(path: string, address: Address, server: Server) {
    this.#path = path;
    this.#address = address;
    this.#server = server;
  }

  /** Resolves when a connect would succeed. */
  static listen(folder: string, name: string): Promise<LivenessSocket> {
    const address = addressOf(folder, name);
    const server = createServer((peer) => void peer.on('error', () => undefined).destroy());
    // The lock does not keep its process running.
    server.unref();
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        address.free();
        reject(error);
      });
      server.listen({ path: address.path, exclusive: true }, () => {
        // An accept that fails (no descriptors left) leaves the socket listening, which is all that is asked of it.
        server.removeAllListeners('error').on('error', () => undefined);
        resolve(new LivenessSocket(join(folder, name), address, server));
      });
    });
  }

  /** False when somebody removed the name: nobody could tell that this process lives. */
  get reachable(): boolean {
    return lstatSync(this.#path, { throwIfNoEntry: false }) !== undefined;
  }

  close(): void {
    rmSync(this.#path, { force: true });
    this.#server.close(() => this.#address.free());
  }
}

/** Whether a process listens at the name. Anything but a clear no counts as yes. */
export function isListening(folder: string, name: string): Promise<boolean> {
  const address = addressOf(folder, name);
  return new Promise((resolve) => {
    const answer = (listening: boolean): void => {
      address.free();
      resolve(listening);
    };
    const peer = connect({ path: address.path });
    peer.once('connect', () => {
      peer.destroy();
      answer(true);
    });
    peer.once('error', (error: NodeJS.ErrnoException) => {
      answer(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

interface Address {
  readonly path: string;
  free(): void;
}

function addressOf(folder: string, name: string): Address {
  const path = join(folder, name);
  const short = [path, relative(process.cwd(), path)].find((each) => Buffer.byteLength(each) <= ADDRESS_BYTES_MAX);
  if (short !== undefined) return { path: short, free: () => undefined };
  if (process.platform !== 'linux') throw new TachyonError('SOCKET_PATH_TOO_LONG', path);
  // Linux leads to the folder through an open descriptor, however deep it lies.
  const descriptor = openSync(folder, 'r');
  return { path: join('/proc/self/fd', String(descriptor), name), free: () => closeSync(descriptor) };
}
