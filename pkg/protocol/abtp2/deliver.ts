// DELIVER, broker to client: a run of messages of one queue under one lease deadline. Delivery ids are consecutive.
//
//    8 u16 queueIndex      into the `queues` of consumer.registered   10 u16 reserved
//   12 u32 count
//   16 f64 firstDelivery
//   24 f64 deadlineMs      unix time at which the leases end, whole
//   32 count × { f64 sequence, u16 attempt (from 1), u16 returned (times handed back without a failure) }
//   then blocks back to back

import { blockOffsets } from '../block.ts';
import { lengthOf, readU16, readU32, viewOf, writeRuns, writeU16, writeU32 } from '../bytes.ts';
import { ITEMS_MAX } from '../limits.ts';
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

export const DELIVER_HEAD_BYTES = 32;
export const DELIVER_ITEM_BYTES = 12;
const COUNTER_MAX = 0xffff;

export interface DeliverItem {
  readonly sequence: number;
  readonly attempt: number;
  readonly returned: number;
}

export interface DeliverPacket {
  readonly type: 'deliver';
  readonly bytes: Uint8Array;
  readonly queueIndex: number;
  readonly firstDelivery: number;
  readonly deadlineMs: number;
  readonly count: number;
  /** Made when asked for: a reader of one item has `deliverItem`. */
  readonly items: readonly DeliverItem[];
  /** Where each block begins in `bytes`. */
  readonly offsets: readonly number[];
}

export interface DeliverHead {
  readonly queueIndex: number;
  readonly firstDelivery: number;
  readonly deadlineMs: number;
}

export function decodeDeliver(bytes: Uint8Array): DeliverPacket | PacketRefusal {
  const fault = checkHeader(bytes, 0);
  if (fault !== null) return fault;
  if (bytes.length < DELIVER_HEAD_BYTES) return malformed('DELIVER is cut short');
  const view = viewOf(bytes);
  const count = readU32(bytes, 12);
  const firstDelivery = readWhole(view, 16);
  const deadlineMs = readWhole(view, 24);
  if (readU16(bytes, 10) !== 0) return malformed('the reserved field is not 0');
  if (firstDelivery < 0 || deadlineMs < 0) return malformed('DELIVER holds a number out of range');
  if (count === 0) return malformed('DELIVER of no message');
  if (count > ITEMS_MAX) return refused('TOO_MANY_ITEMS', `${count} messages, at most ${ITEMS_MAX}`);
  const blocksStart = DELIVER_HEAD_BYTES + count * DELIVER_ITEM_BYTES;
  if (blocksStart > bytes.length) return malformed('more messages than bytes for them');
  const offsets = blockOffsets(bytes, blocksStart, bytes.length, count);
  if (offsets === null) return malformed('the blocks do not fill the packet');
  for (let at = DELIVER_HEAD_BYTES; at < blocksStart; at += DELIVER_ITEM_BYTES) {
    if (readWhole(view, at) < 0) return malformed('a sequence is out of range');
  }
  return {
    type: 'deliver',
    bytes,
    queueIndex: readU16(bytes, 8),
    firstDelivery,
    deadlineMs,
    count,
    get items() {
      return Array.from({ length: count }, (_, index) => deliverItem(bytes, index));
    },
    offsets,
  };
}

/** One item, read in place from the bytes of a packet that `decodeDeliver` accepted. */
export function deliverItem(bytes: Uint8Array, index: number): DeliverItem {
  const at = DELIVER_HEAD_BYTES + index * DELIVER_ITEM_BYTES;
  return {
    sequence: viewOf(bytes).getFloat64(at, true),
    attempt: readU16(bytes, at + 8),
    returned: readU16(bytes, at + 10),
  };
}

/** The items of a packet as columns. */
export interface DeliverColumns {
  readonly sequences: readonly number[];
  /** Null: each is 1. */
  readonly attempts: readonly number[] | null;
  /** Null: each is 0. */
  readonly returned: readonly number[] | null;
}

/** `runs` hold one whole block per item, in order; each run is one copy. */
export function encodeDeliver(
  head: DeliverHead,
  items: readonly DeliverItem[],
  runs: readonly Uint8Array[],
  into?: Uint8Array,
): Uint8Array {
  const columns = {
    sequences: items.map(({ sequence }) => sequence),
    attempts: items.map(({ attempt }) => attempt),
    returned: items.map(({ returned }) => returned),
  };
  return encodeDeliverColumns(head, columns, 0, items.length, runs, into);
}

/** As `encodeDeliver`, of the items from `from` to before `to`. */
export function encodeDeliverColumns(
  head: DeliverHead,
  { sequences, attempts, returned }: DeliverColumns,
  from: number,
  to: number,
  runs: readonly Uint8Array[],
  into?: Uint8Array,
): Uint8Array {
  const blocksStart = DELIVER_HEAD_BYTES + (to - from) * DELIVER_ITEM_BYTES;
  const packet = targetFor(blocksStart + lengthOf(runs), into);
  const view = viewOf(packet);
  writeHeader(packet, 0, PACKET_TYPES.deliver);
  writeU16(packet, 8, head.queueIndex);
  writeU16(packet, 10, 0);
  writeU32(packet, 12, to - from);
  view.setFloat64(16, head.firstDelivery, true);
  view.setFloat64(24, Math.floor(head.deadlineMs), true);
  let at = DELIVER_HEAD_BYTES;
  for (let index = from; index < to; index += 1) {
    view.setFloat64(at, sequences[index]!, true);
    writeU16(packet, at + 8, attempts === null ? 1 : Math.min(attempts[index]!, COUNTER_MAX));
    writeU16(packet, at + 10, returned === null ? 0 : Math.min(returned[index]!, COUNTER_MAX));
    at += DELIVER_ITEM_BYTES;
  }
  writeRuns(runs, packet, blocksStart);
  return packet;
}
