// Binds a socket of `pkg/zmtp` with the words and the care of every other binding here, and reads the addresses that
// libzmq reads: an interface of this machine may be named instead of its address.

// oxlint-disable-next-line no-restricted-imports -- a socket file of a dead process is taken away before it is bound again
import { lstatSync, unlinkSync } from 'node:fs';
// oxlint-disable-next-line no-restricted-imports -- an interface of this machine may be named in an address
import { networkInterfaces } from 'node:os';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { type BindOptions, ZmtpError } from '../../../pkg/zmtp/index.ts';
import { parseAddress } from '../endpoint/address.ts';
import { bindClearly } from '../endpoint/bind.ts';

/** What fits into the socket address of a Unix socket on every system. */
const PATH_BYTES_MAX = 103;
const BACKLOG = 1_024;

interface ZmtpBindable {
  bind(address: string, options?: BindOptions): Promise<string>;
}

/** The address bound, with the real port. A Unix socket gets the permissions that the umask leaves. */
export async function bindZmtp(socket: ZmtpBindable, address: string): Promise<string> {
  const dialed = withoutInterface(address);
  let bound: string | null = null;
  const bind = async (): Promise<void> => {
    bound = await socket.bind(dialed, { mode: null, backlog: BACKLOG, removeStale }).catch((error: unknown) => {
      // The reason of the system is what can be explained.
      throw error instanceof ZmtpError && error.cause instanceof Error ? error.cause : error;
    });
  };
  return bindClearly(
    {
      bind,
      get lastEndpoint() {
        return bound;
      },
    },
    address,
  );
}

function withoutInterface(address: string): string {
  const parsed = parseAddress(address);
  if (parsed.scheme === 'ipc') {
    if (parsed.path === '*') throw new TachyonError('INVALID_CONFIG', 'ipc://* names no path');
    if (Buffer.byteLength(parsed.path) > PATH_BYTES_MAX)
      throw new TachyonError('SOCKET_PATH_TOO_LONG', `${address} is longer than the system allows`);
    return address;
  }
  const named = networkInterfaces()[parsed.host];
  const found = named?.find(({ family }) => family === 'IPv4') ?? named?.[0];
  if (found === undefined) return address;
  const host = found.family === 'IPv6' ? `[${found.address}]` : found.address;
  return `tcp://${host}:${parsed.port}`;
}

/** A file of another kind stays, and the bind fails. */
function removeStale(path: string): void {
  if (lstatSync(path).isSocket()) unlinkSync(path);
}
