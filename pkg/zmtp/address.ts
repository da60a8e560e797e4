// Endpoints: `tcp://host:port` and `ipc://path`. `*` stands for every interface, or for a port that the system picks;
// `ipc://@name` is a name in the abstract namespace of Linux.

import { isIPv6 } from 'node:net';
import { ZmtpError } from './errors.ts';

export type Endpoint =
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'ipc'; readonly path: string };

/** What fits into the socket address of a Unix socket on every system; a longer path would be cut in silence. */
const PATH_BYTES_MAX = 103;
const PORT_MAX = 65_535;

/** Throws `BAD_ADDRESS`. */
export function parseAddress(address: string): Endpoint {
  const [, scheme, rest = ''] = /^([a-z]+):\/\/(.+)$/s.exec(address) ?? [];
  if (scheme === 'tcp') return parseTcp(address, rest);
  if (scheme === 'ipc') return parseIpc(address, rest);
  throw new ZmtpError('BAD_ADDRESS', `${address} is neither tcp://host:port nor ipc://path`);
}

function parseTcp(address: string, rest: string): Endpoint {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\*|\d{1,5})$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  const port = digits === '*' ? 0 : Number(digits);
  if (host === undefined || port > PORT_MAX) throw new ZmtpError('BAD_ADDRESS', `${address} is no tcp://host:port`);
  return { type: 'tcp', host: host === '*' ? '0.0.0.0' : host, port };
}

function parseIpc(address: string, rest: string): Endpoint {
  const size = Buffer.byteLength(rest);
  if (size > PATH_BYTES_MAX)
    throw new ZmtpError('BAD_ADDRESS', `the path of ${address} has ${size} of ${PATH_BYTES_MAX} bytes`);
  if (rest.includes('\0')) throw new ZmtpError('BAD_ADDRESS', 'a path without zero bytes');
  return { type: 'ipc', path: rest.startsWith('@') ? `\0${rest.slice(1)}` : rest };
}

export function formatTcp(host: string, port: number): string {
  return `tcp://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
