// One bound endpoint. A Unix socket is made with its mode at once, never open to more than that for a moment; one that a
// dead process left behind is told from one in use.

import { connect, createServer, type Server } from 'node:net';
import { type Endpoint, formatTcp, parseAddress } from './address.ts';
import { ZmtpError } from './errors.ts';
import { SocketReader } from './socket-reader.ts';

export interface BindOptions {
  /**
   * `ipc://` only: permissions of the socket file. Default 0o600, the owner alone. Null leaves them to the umask of the
   * process, which a worker thread cannot change: there, nothing but null works.
   */
  readonly mode?: number | null;
  /**
   * `ipc://` only: called with the path of a file on which nobody listens, as a dead process leaves its socket, to take
   * it away. It may be a file of another kind: look (`lstatSync(path).isSocket()`) before you unlink. Where the file
   * stays, and where this is not given, the bind fails with `ADDRESS_IN_USE`.
   */
  readonly removeStale?: (path: string) => void;
  /** Connections that the system may hold until they are accepted. Default 511. */
  readonly backlog?: number;
}

const MODE = 0o600;
const PERMISSIONS = 0o777;

export class Listener {
  /** As bound, with the real port. */
  readonly address: string;
  readonly #server: Server;

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  /** Rejects with a `ZmtpError`: `BAD_ADDRESS`, `ADDRESS_IN_USE`, or `BIND_FAILED` with its cause. */
  static async open(address: string, options: BindOptions, accept: (reader: SocketReader) => void): Promise<Listener> {
    const endpoint = parseAddress(address);
    try {
      return await Listener.#open(endpoint, address, options, accept);
    } catch (error) {
      const { removeStale } = options;
      if (endpoint.type !== 'ipc' || removeStale === undefined || !isInUse(error) || !(await isStale(endpoint.path)))
        throw bindError(address, error);
      try {
        removeStale(endpoint.path);
        return await Listener.#open(endpoint, address, options, accept);
      } catch (again) {
        throw bindError(address, again);
      }
    }
  }

  /** Takes no more connections; those there are stay. */
  close(): void {
    this.#server.close();
  }

  static async #open(
    endpoint: Endpoint,
    address: string,
    { mode = MODE, backlog = 511 }: BindOptions,
    accept: (reader: SocketReader) => void,
  ): Promise<Listener> {
    const server = createServer({ pauseOnConnect: true }, (socket) => accept(SocketReader.accepted(socket)));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.once('listening', () => {
        server.off('error', reject);
        resolve();
      });
      if (endpoint.type === 'tcp') server.listen({ host: endpoint.host, port: endpoint.port, backlog });
      else withMode(mode, () => server.listen({ path: endpoint.path, backlog }));
    });
    // An accept that fails (no file descriptor left) costs that connection, not the listener.
    server.on('error', () => {});
    const bound = server.address();
    const isTcp = typeof bound === 'object' && bound !== null;
    return new Listener(server, isTcp ? formatTcp(bound.address, bound.port) : address);
  }
}

/** A Unix socket is bound within the call, so the mask holds for nothing else. */
function withMode(mode: number | null, listen: () => void): void {
  if (mode === null) return listen();
  const before = process.umask(PERMISSIONS & ~mode);
  try {
    listen();
  } finally {
    process.umask(before);
  }
}

const codeOf = (error: unknown): string => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
};
const isInUse = (error: unknown): boolean => codeOf(error) === 'EADDRINUSE';

function bindError(address: string, cause: unknown): ZmtpError {
  if (cause instanceof ZmtpError) return cause;
  if (isInUse(cause)) return new ZmtpError('ADDRESS_IN_USE', address, { cause });
  return new ZmtpError('BIND_FAILED', `${address} (${codeOf(cause) || String(cause)})`, { cause });
}

/** Whether nobody answers on this path. */
function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    const answer = (stale: boolean): void => {
      probe.destroy();
      resolve(stale);
    };
    probe.once('connect', () => answer(false));
    probe.once('error', (error) => answer(codeOf(error) === 'ECONNREFUSED'));
  });
}
