// Addresses as libzmq writes them, read strictly: libzmq itself cuts a port of 99999 down to 16 bits without a word.

import { TachyonError } from '../../../pkg/protocol/errors.ts';

export type ParsedAddress =
  | { readonly scheme: 'tcp'; readonly host: string; readonly port: number }
  | { readonly scheme: 'ipc'; readonly path: string };

const PORT_MAX = 65_535;

/** Port 0 and port `*` both mean "any free port". A path that begins with `@` is Linux's abstract name space. */
export function parseAddress(address: string): ParsedAddress {
  const [, scheme, rest] = /^(tcp|ipc):\/\/(.+)$/.exec(address) ?? [];
  if (scheme === 'ipc' && rest !== undefined) return { scheme, path: rest };
  if (scheme === 'tcp' && rest !== undefined) {
    const [, host, port] = /^(\[[0-9a-fA-F:.%]+\]|[^:\s/]+):(\*|\d{1,5})$/.exec(rest) ?? [];
    if (host !== undefined && port !== undefined) {
      const number = port === '*' ? 0 : Number(port);
      if (number <= PORT_MAX) return { scheme, host: host.replace(/^\[|\]$/g, ''), port: number };
    }
  }
  throw new TachyonError('INVALID_CONFIG', `"${address}" is not an address like tcp://127.0.0.1:5555 or ipc:///path`);
}

/** Whether only this machine can reach the address. Names other than localhost are not resolved: they count as open. */
export function isLoopback(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed.scheme === 'ipc') return true;
  const host = parsed.host.toLowerCase().replace(/^::ffff:/, '');
  if (host === 'localhost' || host === 'lo' || host === '::1') return true;
  const octets = host.split('.');
  return (
    octets.length === 4 &&
    octets[0] === '127' &&
    octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) <= 255)
  );
}
