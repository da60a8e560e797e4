// The header that every abtp/2 packet begins with. A packet is one frame; its first byte can begin no UTF-8 text.
//
//   0 u16 magic      bytes AB 54
//   2 u8  version = 2
//   3 u8  type
//   4 u16 flags      bits that the type does not know are refused
//   6 u16 reserved = 0

import { type Refusal, readU16, writeU16 } from '../bytes.ts';
import type { ErrorCode } from '../errors.ts';
import { PACKET_BYTES_MAX } from '../limits.ts';

export const PACKET_HEAD_BYTES = 8;
export const PACKET_VERSION = 2;
const PACKET_MAGIC = 0x54ab;

export const PACKET_TYPES = {
  publish: 0x01,
  ack: 0x02,
  nack: 0x03,
  extend: 0x04,
  fetch: 0x05,
  heartbeat: 0x06,
  control: 0x07,
  confirm: 0x81,
  deliver: 0x82,
  acked: 0x83,
  fetched: 0x84,
} as const;

/** A request number is given. On ack, nack and extend: it is answered once the outcome is durable. */
export const FLAG_REPLY = 0x0001;

/** On publish: the messages are one batch, accepted all or none. */
export const FLAG_ATOMIC = 0x0001;

export type PacketRefusal = Refusal<ErrorCode>;

export const refused = (error: ErrorCode, detail: string): PacketRefusal => ({ type: 'refused', error, detail });
export const malformed = (detail: string): PacketRefusal => refused('MALFORMED_PACKET', detail);

/** True for anything that claims to be a packet, of whatever version. */
export const isPacket = (frame: Uint8Array): boolean =>
  frame.length >= PACKET_HEAD_BYTES && readU16(frame, 0) === PACKET_MAGIC;

/** The checks that all types share. */
export function checkHeader(packet: Uint8Array, flagsKnown: number): PacketRefusal | null {
  if (readU16(packet, 4) & ~flagsKnown) return malformed('a flag that this type does not know');
  return readU16(packet, 6) === 0 ? null : malformed('the reserved field is not 0');
}

export function checkFrame(packet: Uint8Array): PacketRefusal | null {
  if (packet.length < PACKET_HEAD_BYTES) return malformed(`${packet.length} bytes are no header`);
  if (readU16(packet, 0) !== PACKET_MAGIC) return malformed('the magic is missing');
  if (packet[2] !== PACKET_VERSION) return refused('UNSUPPORTED_VERSION', `abtp/${packet[2]}; spoken are 1 and 2`);
  return packet.length <= PACKET_BYTES_MAX ? null : refused('FRAME_TOO_LARGE', `a packet of ${packet.length} bytes`);
}

/** The front of `into` when it has room for the packet, else bytes of its own. */
export const targetFor = (length: number, into: Uint8Array | undefined): Uint8Array =>
  into !== undefined && into.length >= length ? into.subarray(0, length) : new Uint8Array(length);

export function writeHeader(into: Uint8Array, at: number, type: number, flags = 0): void {
  writeU16(into, at, PACKET_MAGIC);
  into[at + 2] = PACKET_VERSION;
  into[at + 3] = type;
  writeU16(into, at + 4, flags);
  writeU16(into, at + 6, 0);
}

/** The field as a whole number below 2^53, or -1. */
export function readWhole(view: DataView, at: number): number {
  const value = view.getFloat64(at, true);
  return Number.isSafeInteger(value) && value >= 0 ? value : -1;
}
