// CONFIRM and ACKED, broker to client.
//
//   CONFIRM: every message up to `through` that is not an exception is accepted with this durability at `position`.
//    8 f64 through   16 f64 position (0 with durability none)   24 u8 durability   25 u8 reserved   26 u16 reserved
//   28 u32 count   32 exceptions back to back, in ascending sequence:
//       0 f64 sequence   8 u32 retryAfterMs   12 u8 kind (0 refused, 1 duplicate)   13 u8 codeLength
//       14 u16 detailLength   16 code (ASCII)   then detail (UTF-8)
//   A duplicate has code and detail empty: it was accepted before, and counts once.
//   durability: 0 none (fanout only), 1 memory, 2 disk, 3 replicated
//
//   ACKED: the outcome of request `request` is durable at `position`, but for the refused.
//    8 u32 request   12 u32 count   16 f64 position   24 refusals back to back:
//       0 f64 delivery id   8 u8 codeLength   9 u8 reserved   10 code

import { isUtf8, readText, readU16, readU32, textLength, viewOf, writeText, writeU16, writeU32 } from '../bytes.ts';
import { type ErrorCode, isErrorCode } from '../errors.ts';
import { CONFIRM_EXCEPTIONS_MAX, ITEMS_MAX } from '../limits.ts';
import {
  checkHeader,
  malformed,
  PACKET_TYPES,
  type PacketRefusal,
  readWhole,
  refused,
  targetFor,
  writeHeader,
} from './header.ts';

export const DURABILITIES = ['none', 'memory', 'disk', 'replicated'] as const;
export type ConfirmDurability = (typeof DURABILITIES)[number];

export type ConfirmException =
  | { readonly sequence: number; readonly duplicate: true }
  | {
      readonly sequence: number;
      readonly duplicate: false;
      readonly code: ErrorCode;
      readonly retryAfterMs: number;
      readonly detail: string;
    };

export interface ConfirmPacket {
  readonly type: 'confirm';
  readonly through: number;
  readonly position: number;
  readonly durability: ConfirmDurability;
  readonly exceptions: readonly ConfirmException[];
}

export interface RefusedDelivery {
  readonly delivery: number;
  readonly code: ErrorCode;
}

export interface AckedPacket {
  readonly type: 'acked';
  readonly request: number;
  readonly position: number;
  readonly refused: readonly RefusedDelivery[];
}

const CONFIRM_HEAD = 32;
const EXCEPTION_HEAD = 16;
const ACKED_HEAD = 24;
const REFUSED_HEAD = 10;
const DETAIL_BYTES_MAX = 0xffff;

export function decodeConfirm(bytes: Uint8Array): ConfirmPacket | PacketRefusal {
  const fault = checkHeader(bytes, 0);
  if (fault !== null) return fault;
  if (bytes.length < CONFIRM_HEAD) return malformed('CONFIRM is cut short');
  const view = viewOf(bytes);
  const through = readWhole(view, 8);
  const position = readWhole(view, 16);
  const durability = DURABILITIES[bytes[24]!];
  const count = readU32(bytes, 28);
  if (through < 0 || position < 0 || durability === undefined) return malformed('CONFIRM holds an unknown value');
  if (bytes[25] !== 0 || readU16(bytes, 26) !== 0) return malformed('the reserved field is not 0');
  if (count > CONFIRM_EXCEPTIONS_MAX)
    return refused('TOO_MANY_ITEMS', `${count} exceptions, at most ${CONFIRM_EXCEPTIONS_MAX}`);
  if (count > Math.floor((bytes.length - CONFIRM_HEAD) / EXCEPTION_HEAD))
    return malformed('more exceptions than bytes for them');
  const exceptions: ConfirmException[] = [];
  let at = CONFIRM_HEAD;
  for (let i = 0; i < count; i++) {
    if (at + EXCEPTION_HEAD > bytes.length) return malformed('the exceptions do not fill the packet');
    const sequence = readWhole(view, at);
    const kind = bytes[at + 12]!;
    const codeStart = at + EXCEPTION_HEAD;
    const detailStart = codeStart + bytes[at + 13]!;
    const end = detailStart + readU16(bytes, at + 14);
    if (sequence < 0 || kind > 1) return malformed('an exception holds an unknown value');
    if (end > bytes.length || !isUtf8(bytes, codeStart, end))
      return malformed('an exception is cut short or not UTF-8');
    if (kind === 1) {
      exceptions.push({ sequence, duplicate: true });
    } else {
      const code = knownCode(readText(bytes, codeStart, detailStart));
      exceptions.push({
        sequence,
        duplicate: false,
        code,
        retryAfterMs: readU32(bytes, at + 8),
        detail: readText(bytes, detailStart, end),
      });
    }
    at = end;
  }
  if (at !== bytes.length) return malformed('the exceptions do not fill the packet');
  return { type: 'confirm', through, position, durability, exceptions };
}

export function encodeConfirm(confirm: Omit<ConfirmPacket, 'type'>, into?: Uint8Array): Uint8Array {
  const packet = targetFor(confirmLength(confirm.exceptions), into);
  const view = viewOf(packet);
  writeHeader(packet, 0, PACKET_TYPES.confirm);
  view.setFloat64(8, confirm.through, true);
  view.setFloat64(16, confirm.position, true);
  writeU32(packet, 24, DURABILITIES.indexOf(confirm.durability));
  writeU32(packet, 28, confirm.exceptions.length);
  let at = CONFIRM_HEAD;
  for (const exception of confirm.exceptions) {
    view.setFloat64(at, exception.sequence, true);
    writeU32(packet, at + 8, exception.duplicate ? 0 : exception.retryAfterMs);
    const code = exception.duplicate ? '' : exception.code;
    packet[at + 12] = exception.duplicate ? 1 : 0;
    packet[at + 13] = code.length;
    const detailStart = writeText(code, packet, at + EXCEPTION_HEAD);
    const end = exception.duplicate ? detailStart : writeText(shortDetail(exception.detail), packet, detailStart);
    writeU16(packet, at + 14, end - detailStart);
    at = end;
  }
  return packet;
}

export function decodeAcked(bytes: Uint8Array): AckedPacket | PacketRefusal {
  const fault = checkHeader(bytes, 0);
  if (fault !== null) return fault;
  if (bytes.length < ACKED_HEAD) return malformed('ACKED is cut short');
  const view = viewOf(bytes);
  const count = readU32(bytes, 12);
  const position = readWhole(view, 16);
  if (position < 0) return malformed('the position is out of range');
  if (count > ITEMS_MAX) return refused('TOO_MANY_ITEMS', `${count} refusals, at most ${ITEMS_MAX}`);
  if (count > Math.floor((bytes.length - ACKED_HEAD) / REFUSED_HEAD))
    return malformed('more refusals than bytes for them');
  const list: RefusedDelivery[] = [];
  let at = ACKED_HEAD;
  for (let i = 0; i < count; i++) {
    if (at + REFUSED_HEAD > bytes.length) return malformed('the refusals do not fill the packet');
    const delivery = readWhole(view, at);
    const end = at + REFUSED_HEAD + bytes[at + 8]!;
    if (delivery < 0 || bytes[at + 9] !== 0) return malformed('a refusal holds an unknown value');
    if (end > bytes.length || !isUtf8(bytes, at + REFUSED_HEAD, end))
      return malformed('a refusal is cut short or not UTF-8');
    list.push({ delivery, code: knownCode(readText(bytes, at + REFUSED_HEAD, end)) });
    at = end;
  }
  if (at !== bytes.length) return malformed('the refusals do not fill the packet');
  return { type: 'acked', request: readU32(bytes, 8), position, refused: list };
}

export function encodeAcked(request: number, position: number, refusals: readonly RefusedDelivery[] = []): Uint8Array {
  const packet = new Uint8Array(refusals.reduce((sum, item) => sum + REFUSED_HEAD + item.code.length, ACKED_HEAD));
  const view = viewOf(packet);
  writeHeader(packet, 0, PACKET_TYPES.acked);
  writeU32(packet, 8, request);
  writeU32(packet, 12, refusals.length);
  view.setFloat64(16, position, true);
  let at = ACKED_HEAD;
  for (const item of refusals) {
    view.setFloat64(at, item.delivery, true);
    packet[at + 8] = item.code.length;
    packet[at + 9] = 0;
    at = writeText(item.code, packet, at + REFUSED_HEAD);
  }
  return packet;
}

/** A code from a newer broker means, to this client, that the broker failed in a way it cannot name. */
const knownCode = (code: string): ErrorCode => (isErrorCode(code) ? code : 'INTERNAL');

/** Cut so that its bytes fit a u16, whatever the characters. */
const shortDetail = (detail: string): string =>
  textLength(detail) <= DETAIL_BYTES_MAX ? detail : detail.slice(0, DETAIL_BYTES_MAX / 3);

function confirmLength(exceptions: readonly ConfirmException[]): number {
  let length = CONFIRM_HEAD;
  for (const exception of exceptions) {
    length += EXCEPTION_HEAD;
    if (!exception.duplicate) length += exception.code.length + textLength(shortDetail(exception.detail));
  }
  return length;
}
