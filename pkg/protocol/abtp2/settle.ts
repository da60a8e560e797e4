// ACK, NACK and EXTEND, client to broker. With FLAG_REPLY the broker answers `request` with ACKED once the outcome is
// durable; without it `request` is 0 and only refusals are answered, as control words.
//
//   ACK     8 u32 request  12 u32 count  16 f64 × count  delivery ids
//   EXTEND  8 u32 request  12 u32 count  16 u32 extendMs (0 = the queue's lease)  20 u32 reserved  24 f64 × count
//   NACK    8 u32 request  12 u32 count  16 entries back to back:
//           0 f64 delivery id   8 u32 delayMs (0 = the queue's backoff)  12 u8 status  13 u8 reserved
//           14 u16 reasonLength  16 reason (UTF-8)
//           status: 0 retryable, 1 terminal, 2 returned (no failure is counted)

import { isUtf8, readText, readU16, readU32, textLength, viewOf, writeText, writeU16, writeU32 } from '../bytes.ts';
import { EXTEND_MS_MAX, ITEMS_MAX, NACK_DELAY_MS_MAX, REASON_BYTES_MAX } from '../limits.ts';
import {
  checkHeader,
  FLAG_REPLY,
  malformed,
  PACKET_TYPES,
  type PacketRefusal,
  readWhole,
  refused,
  targetFor,
  writeHeader,
} from './header.ts';

export const NACK_STATUSES = ['retryable', 'terminal', 'returned'] as const;
export type NackStatus = (typeof NACK_STATUSES)[number];

export interface AckPacket {
  readonly type: 'ack';
  /** Null when no reply is wanted. */
  readonly request: number | null;
  readonly deliveries: readonly number[];
}

export interface ExtendPacket {
  readonly type: 'extend';
  readonly request: number | null;
  readonly extendMs: number;
  readonly deliveries: readonly number[];
}

export interface NackItem {
  readonly delivery: number;
  readonly status: NackStatus;
  readonly delayMs: number;
  readonly reason: string;
}

export interface NackPacket {
  readonly type: 'nack';
  readonly request: number | null;
  readonly items: readonly NackItem[];
}

const LIST_HEAD = 16;
const EXTEND_HEAD = 24;
const NACK_ITEM_HEAD = 16;

export function decodeAck(bytes: Uint8Array): AckPacket | PacketRefusal {
  const head = listHead(bytes, LIST_HEAD);
  if ('error' in head) return head;
  const deliveries = ids(bytes, LIST_HEAD, head.count);
  return 'error' in deliveries ? deliveries : { type: 'ack', request: head.request, deliveries };
}

export function decodeExtend(bytes: Uint8Array): ExtendPacket | PacketRefusal {
  const head = listHead(bytes, EXTEND_HEAD);
  if ('error' in head) return head;
  const extendMs = readU32(bytes, 16);
  if (extendMs > EXTEND_MS_MAX)
    return refused('INVALID_ARGUMENT', `extend by ${extendMs} ms, at most ${EXTEND_MS_MAX}`);
  if (readU32(bytes, 20) !== 0) return malformed('the reserved field is not 0');
  const deliveries = ids(bytes, EXTEND_HEAD, head.count);
  return 'error' in deliveries ? deliveries : { type: 'extend', request: head.request, extendMs, deliveries };
}

export function decodeNack(bytes: Uint8Array): NackPacket | PacketRefusal {
  const head = listHead(bytes, LIST_HEAD);
  if ('error' in head) return head;
  if (head.count > Math.floor((bytes.length - LIST_HEAD) / NACK_ITEM_HEAD))
    return malformed('more items than bytes for them');
  const view = viewOf(bytes);
  const items: NackItem[] = [];
  let at = LIST_HEAD;
  for (let i = 0; i < head.count; i++) {
    if (at + NACK_ITEM_HEAD > bytes.length) return malformed('the items do not fill the packet');
    const delivery = readWhole(view, at);
    const delayMs = readU32(bytes, at + 8);
    const status = NACK_STATUSES[bytes[at + 12]!];
    const reasonLength = readU16(bytes, at + 14);
    const reasonStart = at + NACK_ITEM_HEAD;
    at = reasonStart + reasonLength;
    if (delivery < 0 || status === undefined || bytes[reasonStart - 3] !== 0)
      return malformed('an item holds an unknown value');
    if (at > bytes.length || !isUtf8(bytes, reasonStart, at)) return malformed('a reason is cut short or not UTF-8');
    if (delayMs > NACK_DELAY_MS_MAX)
      return refused('INVALID_ARGUMENT', `delay of ${delayMs} ms, at most ${NACK_DELAY_MS_MAX}`);
    if (reasonLength > REASON_BYTES_MAX)
      return refused('INVALID_ARGUMENT', `reason of ${reasonLength} bytes, at most ${REASON_BYTES_MAX}`);
    items.push({ delivery, status, delayMs, reason: readText(bytes, reasonStart, at) });
  }
  if (at !== bytes.length) return malformed('the items do not fill the packet');
  return { type: 'nack', request: head.request, items };
}

export function encodeAck(deliveries: readonly number[], request: number | null = null, into?: Uint8Array): Uint8Array {
  const packet = targetFor(LIST_HEAD + deliveries.length * 8, into);
  writeListHead(packet, PACKET_TYPES.ack, deliveries.length, request);
  writeIds(packet, LIST_HEAD, deliveries);
  return packet;
}

export function encodeExtend(
  deliveries: readonly number[],
  extendMs: number,
  request: number | null = null,
): Uint8Array {
  const packet = new Uint8Array(EXTEND_HEAD + deliveries.length * 8);
  writeListHead(packet, PACKET_TYPES.extend, deliveries.length, request);
  writeU32(packet, 16, extendMs);
  writeIds(packet, EXTEND_HEAD, deliveries);
  return packet;
}

export function encodeNack(items: readonly NackItem[], request: number | null = null): Uint8Array {
  const packet = new Uint8Array(items.reduce((sum, item) => sum + NACK_ITEM_HEAD + textLength(item.reason), LIST_HEAD));
  writeListHead(packet, PACKET_TYPES.nack, items.length, request);
  const view = viewOf(packet);
  let at = LIST_HEAD;
  for (const item of items) {
    view.setFloat64(at, item.delivery, true);
    writeU32(packet, at + 8, item.delayMs);
    packet[at + 12] = NACK_STATUSES.indexOf(item.status);
    const end = writeText(item.reason, packet, at + NACK_ITEM_HEAD);
    writeU16(packet, at + 14, end - at - NACK_ITEM_HEAD);
    at = end;
  }
  return packet;
}

function listHead(
  bytes: Uint8Array,
  headBytes: number,
): { readonly request: number | null; readonly count: number } | PacketRefusal {
  const fault = checkHeader(bytes, FLAG_REPLY);
  if (fault !== null) return fault;
  if (bytes.length < headBytes) return malformed('the packet is cut short');
  const wanted = (readU16(bytes, 4) & FLAG_REPLY) !== 0;
  const request = readU32(bytes, 8);
  const count = readU32(bytes, 12);
  if (!wanted && request !== 0) return malformed('a request number without the flag that asks for a reply');
  if (count === 0) return malformed('a list of nothing');
  if (count > ITEMS_MAX) return refused('TOO_MANY_ITEMS', `${count} deliveries, at most ${ITEMS_MAX}`);
  return { request: wanted ? request : null, count };
}

function ids(bytes: Uint8Array, start: number, count: number): number[] | PacketRefusal {
  if (bytes.length - start !== count * 8) return malformed('the ids do not fill the packet');
  const view = viewOf(bytes);
  const list: number[] = [];
  for (let at = start; at < bytes.length; at += 8) {
    const id = readWhole(view, at);
    if (id < 0) return malformed('a delivery id is out of range');
    list.push(id);
  }
  return list;
}

function writeListHead(packet: Uint8Array, type: number, count: number, request: number | null): void {
  writeHeader(packet, 0, type, request === null ? 0 : FLAG_REPLY);
  writeU32(packet, 8, request ?? 0);
  writeU32(packet, 12, count);
}

function writeIds(packet: Uint8Array, start: number, list: readonly number[]): void {
  const view = viewOf(packet);
  for (let i = 0; i < list.length; i++) view.setFloat64(start + i * 8, list[i]!, true);
}
