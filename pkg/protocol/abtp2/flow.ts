// FETCH (client to broker), FETCHED (broker to client), HEARTBEAT and CONTROL (both ways).
//
//   FETCH      8 u32 count   at most so many messages   12 u32 waitMs   how long the broker may wait for them
//             16 u32 request   with FLAG_REPLY only: comes back in FETCHED
//   FETCHED    8 u32 request   of the fetch, with FLAG_REPLY; else 0   12 u32 count   16 u32 delivered
//             20 u32 reserved      the fetch has ended with fewer messages than it asked for, all of them before this
//   HEARTBEAT  the header alone
//   CONTROL    8 JSON: the same words as in abtp/1

import { readU16, readU32, writeU32 } from '../bytes.ts';
import { CONTROL_BYTES_MAX, FETCH_WAIT_MS_MAX, ITEMS_MAX } from '../limits.ts';
import {
  checkHeader,
  FLAG_REPLY,
  malformed,
  PACKET_HEAD_BYTES,
  PACKET_TYPES,
  type PacketRefusal,
  refused,
  writeHeader,
} from './header.ts';

export interface FetchPacket {
  readonly type: 'fetch';
  readonly count: number;
  readonly waitMs: number;
  /** The client's own number of this fetch; null: none. */
  readonly request: number | null;
}

export interface FetchedPacket {
  readonly type: 'fetched';
  readonly request: number | null;
  readonly count: number;
  readonly delivered: number;
}

export interface HeartbeatPacket {
  readonly type: 'heartbeat';
}

export interface ControlPacket {
  readonly type: 'control';
  /** The JSON, for `decodeClientWord` or `decodeBrokerWord`. */
  readonly json: Uint8Array;
}

const FETCH_BYTES = 16;
const REQUEST_BYTES = 4;
const FETCHED_BYTES = 24;

const isNumbered = (bytes: Uint8Array): boolean => (readU16(bytes, 4) & FLAG_REPLY) !== 0;

export function decodeFetch(bytes: Uint8Array): FetchPacket | PacketRefusal {
  const fault = checkHeader(bytes, FLAG_REPLY);
  if (fault !== null) return fault;
  const length = isNumbered(bytes) ? FETCH_BYTES + REQUEST_BYTES : FETCH_BYTES;
  if (bytes.length !== length) return malformed(`this FETCH has ${length} bytes`);
  const count = readU32(bytes, 8);
  const waitMs = readU32(bytes, 12);
  if (count === 0) return refused('INVALID_ARGUMENT', 'a fetch of no message');
  if (count > ITEMS_MAX) return refused('TOO_MANY_ITEMS', `${count} messages, at most ${ITEMS_MAX}`);
  if (waitMs > FETCH_WAIT_MS_MAX)
    return refused('INVALID_ARGUMENT', `wait of ${waitMs} ms, at most ${FETCH_WAIT_MS_MAX}`);
  return { type: 'fetch', count, waitMs, request: isNumbered(bytes) ? readU32(bytes, FETCH_BYTES) : null };
}

export function decodeFetched(bytes: Uint8Array): FetchedPacket | PacketRefusal {
  const fault = checkHeader(bytes, FLAG_REPLY);
  if (fault !== null) return fault;
  if (bytes.length !== FETCHED_BYTES) return malformed(`FETCHED has ${FETCHED_BYTES} bytes`);
  const request = readU32(bytes, 8);
  const count = readU32(bytes, 12);
  const delivered = readU32(bytes, 16);
  if (!isNumbered(bytes) && request !== 0) return malformed('a request number without its flag');
  if (delivered > count) return malformed('more was delivered than asked for');
  if (readU32(bytes, 20) !== 0) return malformed('the reserved field is not 0');
  return { type: 'fetched', request: isNumbered(bytes) ? request : null, count, delivered };
}

const HEARTBEAT: HeartbeatPacket = { type: 'heartbeat' };

export function decodeHeartbeat(bytes: Uint8Array): HeartbeatPacket | PacketRefusal {
  return (
    checkHeader(bytes, 0) ?? (bytes.length === PACKET_HEAD_BYTES ? HEARTBEAT : malformed('HEARTBEAT is a header alone'))
  );
}

export function decodeControl(bytes: Uint8Array): ControlPacket | PacketRefusal {
  const fault = checkHeader(bytes, 0);
  if (fault !== null) return fault;
  const size = bytes.length - PACKET_HEAD_BYTES;
  if (size > CONTROL_BYTES_MAX)
    return refused('FRAME_TOO_LARGE', `control of ${size} bytes, at most ${CONTROL_BYTES_MAX}`);
  return { type: 'control', json: bytes.subarray(PACKET_HEAD_BYTES) };
}

export function encodeFetch(count: number, waitMs: number, request: number | null = null): Uint8Array {
  const packet = new Uint8Array(request === null ? FETCH_BYTES : FETCH_BYTES + REQUEST_BYTES);
  writeHeader(packet, 0, PACKET_TYPES.fetch, request === null ? 0 : FLAG_REPLY);
  writeU32(packet, 8, count);
  writeU32(packet, 12, waitMs);
  if (request !== null) writeU32(packet, FETCH_BYTES, request);
  return packet;
}

export function encodeFetched({ request, count, delivered }: Omit<FetchedPacket, 'type'>): Uint8Array {
  const packet = new Uint8Array(FETCHED_BYTES);
  writeHeader(packet, 0, PACKET_TYPES.fetched, request === null ? 0 : FLAG_REPLY);
  writeU32(packet, 8, request ?? 0);
  writeU32(packet, 12, count);
  writeU32(packet, 16, delivered);
  return packet;
}

export function encodeHeartbeat(): Uint8Array {
  const packet = new Uint8Array(PACKET_HEAD_BYTES);
  writeHeader(packet, 0, PACKET_TYPES.heartbeat);
  return packet;
}

export function encodeControlPacket(json: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PACKET_HEAD_BYTES + json.length);
  writeHeader(packet, 0, PACKET_TYPES.control);
  packet.set(json, PACKET_HEAD_BYTES);
  return packet;
}
