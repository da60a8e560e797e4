// Commands (RFC 37): a short name and data. Only the names that mean something here are known; others are passed over,
// since extensions may bring their own.

import { concat, EMPTY, latin1, latin1Of } from './bytes.ts';
import { ZmtpError } from './errors.ts';
import { encodeCommandFrame } from './frame-encoder.ts';

export interface Command {
  readonly name: string;
  readonly data: Uint8Array;
}

const PING_CONTEXT_BYTES_MAX = 16;
const TTL_BYTES = 2;
const TTL_TENTHS_MAX = 0xffff;
const ERROR_REASON_BYTES_MAX = 255;

/** What PLAIN servers of libzmq send as ERROR: its source says \x05E where it means 5 and E. */
const ERROR_OF_LIBZMQ = latin1('^RROR');

export function decodeCommand(body: Uint8Array): Command {
  if (isLibzmqError(body)) return { name: 'ERROR', data: body.subarray(ERROR_OF_LIBZMQ.length) };
  const size = body[0] ?? 0;
  if (size === 0 || 1 + size > body.length) throw new ZmtpError('BAD_COMMAND', 'a command without a whole name');
  const name = latin1Of(body.subarray(1, 1 + size));
  if (!/^[A-Za-z]+$/.test(name)) throw new ZmtpError('BAD_COMMAND', 'the name of a command is letters');
  return { name, data: body.subarray(1 + size) };
}

const isLibzmqError = (body: Uint8Array): boolean =>
  ERROR_OF_LIBZMQ.every((octet, index) => body[index] === octet) && body[0]! >= body.length;

/** A whole command frame. */
export function encodeCommand(name: string, data: Uint8Array = EMPTY): Uint8Array {
  const ascii = latin1(name);
  return encodeCommandFrame(concat([Uint8Array.of(ascii.length), ascii, data]));
}

export function encodeError(reason: string): Uint8Array {
  const text = latin1(reason.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, ERROR_REASON_BYTES_MAX));
  return encodeCommand('ERROR', concat([Uint8Array.of(text.length), text]));
}

/** The reason, made fit for a log: printable, and as far as it is there. */
export function decodeErrorReason(data: Uint8Array): string {
  const size = data[0] ?? 0;
  return latin1Of(data.subarray(1, 1 + size)).replaceAll(/[^\x20-\x7e]/g, '?');
}

/**
 * Of a command between messages: whether it subscribes or cancels, null if it does neither. Throws the `ZmtpError` that
 * ends the connection for commands that have no place there. A PONG was heard, as every byte is; an unknown command
 * belongs to an extension that is not spoken here.
 */
export function subscriptionOf({ name, data }: Command): boolean | null {
  switch (name) {
    case 'SUBSCRIBE':
      return true;
    case 'CANCEL':
      return false;
    case 'ERROR':
      throw new ZmtpError('REFUSED_BY_PEER', decodeErrorReason(data));
    case 'READY':
    case 'HELLO':
    case 'WELCOME':
    case 'INITIATE':
      throw new ZmtpError('BAD_COMMAND', `${name} after the handshake`);
    default:
      return null;
  }
}

export const encodeSubscribe = (prefix: Uint8Array): Uint8Array => encodeCommand('SUBSCRIBE', prefix);
export const encodeCancel = (prefix: Uint8Array): Uint8Array => encodeCommand('CANCEL', prefix);

/** `ttlMs` 0 says nothing of the sort; it is told in tenths of a second, rounded up. */
export function encodePing(ttlMs: number): Uint8Array {
  const tenths = Math.min(TTL_TENTHS_MAX, Math.ceil(ttlMs / 100));
  return encodeCommand('PING', Uint8Array.of(tenths >>> 8, tenths & 0xff));
}

export interface Ping {
  readonly ttlMs: number;
  readonly context: Uint8Array;
}

export function decodePing(data: Uint8Array): Ping {
  if (data.length < TTL_BYTES || data.length > TTL_BYTES + PING_CONTEXT_BYTES_MAX)
    throw new ZmtpError('BAD_COMMAND', `a PING with ${data.length} bytes`);
  return { ttlMs: (data[0]! * 256 + data[1]!) * 100, context: data.subarray(TTL_BYTES) };
}

export const encodePong = (context: Uint8Array): Uint8Array => encodeCommand('PONG', context);
