// PUBLISH, client to broker: a run of messages, numbered without gaps from the first.
//
// flag bit 0: the messages are one batch, accepted all or none
//    8 f64 firstSequence   the producer's own number of the first message, from 1; 0 from a client without producer id
//   16 u32 count           1 or more
//   20 u32 reserved = 0
//   24 blocks back to back
//
// Only the lengths of the blocks are checked here: `checkBlock` judges each message, so that a bad one costs itself.

import { blockOffsets } from '../block.ts';
import { lengthOf, readU16, readU32, viewOf, writeRuns, writeU32 } from '../bytes.ts';
import { ITEMS_MAX } from '../limits.ts';
import {
  checkHeader,
  FLAG_ATOMIC,
  malformed,
  PACKET_TYPES,
  type PacketRefusal,
  readWhole,
  refused,
  writeHeader,
} from './header.ts';

export const PUBLISH_HEAD_BYTES = 24;

export interface PublishPacket {
  readonly type: 'publish';
  readonly bytes: Uint8Array;
  readonly firstSequence: number;
  readonly count: number;
  /** All or none. */
  readonly atomic: boolean;
  /** Where each block begins in `bytes`. */
  readonly offsets: readonly number[];
}

export function decodePublish(bytes: Uint8Array): PublishPacket | PacketRefusal {
  const fault = checkHeader(bytes, FLAG_ATOMIC);
  if (fault !== null) return fault;
  if (bytes.length < PUBLISH_HEAD_BYTES) return malformed('PUBLISH is cut short');
  const firstSequence = readWhole(viewOf(bytes), 8);
  const count = readU32(bytes, 16);
  if (firstSequence < 0 || !Number.isSafeInteger(firstSequence + count))
    return malformed('the first sequence is out of range');
  if (readU32(bytes, 20) !== 0) return malformed('the reserved field is not 0');
  if (count === 0) return malformed('PUBLISH of no message');
  if (count > ITEMS_MAX) return refused('TOO_MANY_ITEMS', `${count} messages, at most ${ITEMS_MAX}`);
  const offsets = blockOffsets(bytes, PUBLISH_HEAD_BYTES, bytes.length, count);
  if (offsets === null) return malformed('the blocks do not fill the packet');
  const atomic = (readU16(bytes, 4) & FLAG_ATOMIC) !== 0;
  return { type: 'publish', bytes, firstSequence, count, atomic, offsets };
}

/** For a client that collects blocks in place, behind 24 bytes that it left free. */
export function writePublishHead(
  into: Uint8Array,
  at: number,
  firstSequence: number,
  count: number,
  atomic = false,
): void {
  writeHeader(into, at, PACKET_TYPES.publish, atomic ? FLAG_ATOMIC : 0);
  viewOf(into).setFloat64(at + 8, firstSequence, true);
  writeU32(into, at + 16, count);
  writeU32(into, at + 20, 0);
}

/** `runs` hold `count` whole blocks; each run is one copy. */
export function encodePublish(
  firstSequence: number,
  count: number,
  runs: readonly Uint8Array[],
  atomic = false,
): Uint8Array {
  const packet = new Uint8Array(PUBLISH_HEAD_BYTES + lengthOf(runs));
  writePublishHead(packet, 0, firstSequence, count, atomic);
  writeRuns(runs, packet, PUBLISH_HEAD_BYTES);
  return packet;
}
