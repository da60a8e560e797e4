// FETCH (client to broker), HEARTBEAT and CONTROL (both ways).
//
//   FETCH      8 u32 count   at most so many messages   12 u32 waitMs   how long the broker may wait for the first
//   HEARTBEAT  the header alone
//   CONTROL    8 JSON: the same words as in abtp/1

import { readU32, writeU32 } from '../bytes.ts';
import { CONTROL_BYTES_MAX, FETCH_WAIT_MS_MAX, ITEMS_MAX } from '../limits.ts';
import {
  checkHeader,
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

export function decodeFetch(bytes: Uint8Array): FetchPacket | PacketRefusal {
  const fault = checkHeader(bytes, 0);
  if (fault !== null) return fault;
  if (bytes.length !== FETCH_BYTES) return malformed(`FETCH has ${FETCH_BYTES} bytes`);
  const count = readU32(bytes, 8);
  const waitMs = readU32(bytes, 12);
  if (count === 0) return refused('INVALID_ARGUMENT', 'a fetch of no message');
  if (count > ITEMS_MAX) return refused('TOO_MANY_ITEMS', `${count} messages, at most ${ITEMS_MAX}`);
  if (waitMs > FETCH_WAIT_MS_MAX)
    return refused('INVALID_ARGUMENT', `wait of ${waitMs} ms, at most ${FETCH_WAIT_MS_MAX}`);
  return { type: 'fetch', count, waitMs };
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

export function encodeFetch(count: number, waitMs: number): Uint8Array {
  const packet = new Uint8Array(FETCH_BYTES);
  writeHeader(packet, 0, PACKET_TYPES.fetch);
  writeU32(packet, 8, count);
  writeU32(packet, 12, waitMs);
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
