// Deliveries to frames: an abtp/2 packet with the blocks as they stand in the journal, or one abtp/1 message each.

import { DELIVER_HEAD_BYTES, DELIVER_ITEM_BYTES, encodeDeliverColumns } from '../../../pkg/protocol/abtp2/deliver.ts';
import { BlockView, COMPRESSION_LZ4 } from '../../../pkg/protocol/block.ts';
import { messageName, outgoing } from '../../../pkg/protocol/delivered/facts.ts';
import { deliveryFrames } from '../../../pkg/protocol/event-json.ts';
import type { DeliverEntries, DeliverEntry } from '../../domain/deliver-entries.ts';
import type { Deliver } from '../../domain/effect.ts';
import type { Unpack } from '../../usecase/ports/unpack.ts';
import { type Unpacking, unpacked } from './unpack.ts';
import type { WirePeer } from './wire-peer.ts';

/** A packet is cut here, so that the first of many messages does not wait for the last. */
const PACKET_BYTES = 1024 * 1024;
/** Blocks that stand together and take so much are not copied. */
const LONG_BYTES = 16 * 1024;
/** Small packets share memory. */
const POOLED_BYTES = 2 * 1024;

export interface MessageLineOptions {
  readonly unpack: Unpack;
  /** Messages that were settled before their hand-over, and were not handed over. */
  readonly lost: (messages: number) => void;
}

/** To a peer of abtp/2: packets, at once. */
export function sendPackets(peer: WirePeer, effect: Deliver, blocks: readonly Uint8Array[]): void {
  const index = peer.served?.indexOf.get(effect.queue) ?? 0;
  for (const { pieces, messages } of packets(effect, blocks, index)) {
    peer.outbox.deliver(pieces, effect.firstDelivery === 0 ? messages : 0, true);
  }
}

/** To a peer of abtp/1: one message each, plain. Ends early with the session that it is for. */
export function* sendMessages(
  peer: WirePeer,
  effect: Deliver,
  blocks: readonly Uint8Array[],
  { unpack, lost }: MessageLineOptions,
): Unpacking {
  const { served, era } = peer;
  if (served === null) return;
  const { entries, firstDelivery, queue, deadlineMs } = effect;
  const settled = firstDelivery === 0;
  let sent = 0;
  try {
    for (const { entry, block } of eachBlock(entries, blocks)) {
      const view = new BlockView(block, 0);
      const about = { tenant: queue.tenant, acceptedAtMs: entry.acceptedAtMs, sequence: entry.sequence };
      const plain = view.compression === COMPRESSION_LZ4 ? yield* unpacked(unpack, view.body) : null;
      if (peer.closed || peer.era !== era) return;
      const message = outgoing(view, about, plain ?? undefined);
      const deliveryId = settled ? 0 : firstDelivery + sent;
      if (!settled) peer.gave(deliveryId, messageName(message.messageId, entry.sequence));
      sent += 1;
      const { attempt, returned } = entry;
      const facts = { deliveryId, attempt, returned, leaseDeadlineMs: deadlineMs, queue: queue.name };
      peer.outbox.deliver(deliveryFrames(served.form, peer.greeting !== null, message, facts), settled ? 1 : 0);
    }
  } finally {
    if (settled && sent < entries.length) lost(entries.length - sent);
  }
}

interface Packet {
  /** One behind the other. */
  readonly pieces: readonly Uint8Array[];
  readonly messages: number;
}

/** Runs of blocks cut into packets; within one, neighbours stay one piece. */
function* packets(effect: Deliver, blocks: readonly Uint8Array[], queueIndex: number): Generator<Packet> {
  const { entries, firstDelivery, deadlineMs } = effect;
  let first = 0;
  let bytes = 0;
  let runs: Uint8Array[] = [];
  let run = 0;
  let runStart = 0;
  let runAt = 0;
  const closeRun = (): void => {
    if (runAt > runStart) runs.push((blocks[run] as Uint8Array).subarray(runStart, runAt));
    runStart = runAt;
  };
  const packet = (end: number): Packet => {
    const head = { queueIndex, firstDelivery: firstDelivery === 0 ? 0 : firstDelivery + first, deadlineMs };
    const headBytes = DELIVER_HEAD_BYTES + (end - first) * DELIVER_ITEM_BYTES;
    // Long blocks leave from where they lie.
    const isLong = bytes >= LONG_BYTES * runs.length;
    const target = room(isLong ? headBytes : headBytes + bytes);
    const front = encodeDeliverColumns(head, entries, first, end, isLong ? [] : runs, target);
    return { pieces: isLong ? [front, ...runs] : [front], messages: end - first };
  };
  for (let i = 0; i < entries.length; i += 1) {
    const length = entries.lengths[i] as number;
    if (bytes > 0 && bytes + length > PACKET_BYTES) {
      closeRun();
      yield packet(i);
      first = i;
      bytes = 0;
      runs = [];
    }
    bytes += length;
    runAt += length;
    if (runAt === (blocks[run] as Uint8Array).length) {
      closeRun();
      run += 1;
      runStart = 0;
      runAt = 0;
    }
  }
  closeRun();
  yield packet(entries.length);
}

/** The transport may read it for as long as it likes: nobody else gets this memory, and nobody fills it with zeros. */
const room = (bytes: number): Uint8Array =>
  bytes < POOLED_BYTES ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes);

function* eachBlock(
  entries: DeliverEntries,
  blocks: readonly Uint8Array[],
): Generator<{ entry: DeliverEntry; block: Uint8Array }> {
  let run = 0;
  let at = 0;
  for (const entry of entries) {
    const bytes = blocks[run] as Uint8Array;
    yield { entry, block: bytes.subarray(at, at + entry.length) };
    at += entry.length;
    if (at === bytes.length) {
      run += 1;
      at = 0;
    }
  }
}
