// Binds a socket and says plainly why it could not. libzmq unlinks whatever lies at an ipc path before it binds: a stale
// socket file, but also a running broker's socket, or any file. So the path is looked at first, and only a socket that
// nobody answers on may be replaced. (Two brokers that start in the same instant are kept apart by the data folder lock.)

// oxlint-disable-next-line no-restricted-imports -- only to look at what lies at an address before it is bound
import { lstat } from 'node:fs/promises';
// oxlint-disable-next-line no-restricted-imports -- only to look at what lies at an address before it is bound
import { connect } from 'node:net';
import type { Socket } from 'zeromq';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { type ParsedAddress, parseAddress } from './address.ts';
import { findPortHolder } from './port-holder.ts';

type BindableSocket = Pick<Socket, 'bind' | 'lastEndpoint'>;

/** The address bound, with the real port. */
export async function bindClearly(socket: BindableSocket, address: string): Promise<string> {
  const parsed = parseAddress(address);
  if (parsed.scheme === 'ipc') await refuseForeignPath(address, parsed.path);
  try {
    await socket.bind(address);
  } catch (error) {
    throw await explained(address, parsed, error);
  }
  return socket.lastEndpoint ?? address;
}

async function refuseForeignPath(address: string, path: string): Promise<void> {
  if (path.startsWith('@') || path === '*') return;
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new TachyonError(
      'INVALID_CONFIG',
      `${address} cannot be bound: a file that is not a socket lies at that path`,
    );
  }
  if (await answers(path)) throw await inUse(address, { scheme: 'ipc', path });
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => resolve(true));
    // Refused means stale. Any other failure (a full backlog, no permission) hides somebody who may be alive.
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
    probe.once('connect', () => probe.destroy());
  });

async function inUse(address: string, parsed: ParsedAddress, cause?: unknown): Promise<TachyonError> {
  const holder = await findPortHolder(parsed);
  const by = holder === undefined ? 'another process' : `process ${holder.pid} (${holder.command})`;
  return new TachyonError('ADDRESS_IN_USE', `${address} is in use by ${by}`, { cause });
}

async function explained(address: string, parsed: ParsedAddress, cause: unknown): Promise<unknown> {
  if (!(cause instanceof Error && 'code' in cause)) return cause;
  switch (cause.code) {
    case 'EADDRINUSE':
      return inUse(address, parsed, cause);
    case 'EADDRNOTAVAIL':
    case 'ENODEV':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new TachyonError('INVALID_CONFIG', `${address} is not an address of this machine`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new TachyonError('INVALID_CONFIG', `${address} may not be bound by this user`, { cause });
    case 'ENOENT':
      return new TachyonError('INVALID_CONFIG', `${address} lies in a folder that does not exist`, { cause });
    case 'ENAMETOOLONG':
      return new TachyonError('SOCKET_PATH_TOO_LONG', `${address} is longer than the system allows`, { cause });
    default:
      return new TachyonError('INVALID_CONFIG', `${address} cannot be bound: ${cause.message}`, { cause });
  }
}
