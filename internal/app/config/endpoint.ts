// ZeroMQ endpoints as the broker may bind them, checked before a socket exists: what is malformed here would be an
// errno without a name there. Loopback is decided on the safe side: what is not surely loopback is not.

import { isIPv4, isIPv6 } from 'node:net';
import { SOCKET_PATH_BYTES_MAX } from './paths.ts';

const ENDPOINT_CHARACTERS_MAX = 512;
const TCP_HOST = /^(?:\*|\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9._-]*)$/;

interface TcpParts {
  readonly host: string;
  readonly port: string;
}

const tcpParts = (endpoint: string): TcpParts | null => {
  const rest = endpoint.slice('tcp://'.length);
  const colon = rest.lastIndexOf(':');
  return colon < 0 ? null : { host: rest.slice(0, colon), port: rest.slice(colon + 1) };
};

const isPort = (port: string): boolean => port === '*' || (/^\d{1,5}$/.test(port) && Number(port) <= 65_535);

const tcpFault = (endpoint: string): string | null => {
  const parts = tcpParts(endpoint);
  if (parts === null) return 'the port is missing';
  if (!TCP_HOST.test(parts.host)) return 'the host is not an address, an interface or *';
  if (parts.host.startsWith('[') && !isIPv6(parts.host.slice(1, -1))) return 'the IPv6 address is malformed';
  if (/^[\d.]+$/.test(parts.host) && !isIPv4(parts.host)) return 'the IPv4 address is malformed';
  return isPort(parts.port) ? null : 'the port is not a number from 0 to 65535';
};

/** What is wrong with the endpoint, or null. */
export const endpointFault = (endpoint: string): string | null => {
  if (endpoint.length > ENDPOINT_CHARACTERS_MAX) return 'it is too long';
  if (/[\s\p{Cc}]/u.test(endpoint)) return 'it holds white space or control characters';
  if (endpoint.startsWith('tcp://')) return tcpFault(endpoint);
  if (endpoint.startsWith('ipc://') || endpoint.startsWith('inproc://')) {
    const name = endpoint.slice(endpoint.indexOf('://') + 3);
    if (name === '') return 'the name is missing';
    return Buffer.byteLength(name) > SOCKET_PATH_BYTES_MAX ? `the name is over ${SOCKET_PATH_BYTES_MAX} bytes` : null;
  }
  return 'the transport is not tcp, ipc or inproc';
};

/** True for a name or an address that only this machine has, without the brackets of a URL. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** What is wrong with an address to listen on, or null. */
export const listenHostFault = (host: string): string | null =>
  host === 'localhost' || isIPv4(host) || isIPv6(host) ? null : 'it is neither an IP address nor localhost';

/** True when only this machine can connect. */
export const isLocalEndpoint = (endpoint: string): boolean => {
  if (!endpoint.startsWith('tcp://')) return true;
  const host = tcpParts(endpoint)?.host ?? '';
  return isLoopbackHost(host === '[::1]' ? '::1' : host);
};

/** True when the system chooses the port, so that two equal endpoints do not collide. */
export const hasFreePort = (endpoint: string): boolean => {
  const port = endpoint.startsWith('tcp://') ? tcpParts(endpoint)?.port : undefined;
  return port !== undefined && (port === '*' || Number(port) === 0);
};
