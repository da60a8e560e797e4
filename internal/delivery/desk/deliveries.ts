// Deliveries to frames: an abtp/2 packet with the blocks as they stand in the journal, or one abtp/1 message each.

import { encodeDeliver } from '../../../pkg/protocol/abtp2/deliver.ts';
import { BlockView, COMPRESSION_LZ4 } from '../../../pkg/protocol/block.ts';
import type { DeliveryForm } from '../../../pkg/protocol/control/consumer.ts';
import { messageName, outgoing } from '../../../pkg/protocol/delivered/facts.ts';
import { deliveryFrames, fanoutFrames } from '../../../pkg/protocol/event-json.ts';
import type { Deliver, DeliverEntry, Publication } from '../../domain/effect.ts';
import type { Frames } from '../transport.ts';
import type { WirePeer } from './wire-peer.ts';

/** A packet is cut here, so that the first of many messages does not wait for the last. */
const PACKET_BYTES = 1024 * 1024;

export type Decompress = (bytes: Uint8Array) => Uint8Array | null;

export function sendDeliveries(
  peer: WirePeer,
  effect: Deliver,
  blocks: readonly Uint8Array[],
  decompress: Decompress,
): void {
  const { served } = peer;
  if (served === null) return;
  if (peer.binary) {
    for (const packet of packets(effect, blocks, served.indexOf.get(effect.queue) ?? 0)) peer.outbox.deliver([packet]);
    return;
  }
  let number = effect.firstDelivery;
  for (const { entry, block } of eachBlock(effect.entries, blocks)) {
    const view = new BlockView(block, 0);
    const about = { tenant: effect.queue.tenant, acceptedAtMs: entry.acceptedAtMs, sequence: entry.sequence };
    const plain = view.compression === COMPRESSION_LZ4 ? decompress(view.body) : null;
    const message = outgoing(view, about, plain ?? undefined);
    const delivery = effect.firstDelivery === 0 ? 0 : number;
    if (delivery !== 0) peer.gave(delivery, messageName(message.messageId, entry.sequence));
    number += 1;
    peer.outbox.deliver(
      deliveryFrames(served.form, peer.greeting !== null, message, {
        deliveryId: delivery,
        attempt: entry.attempt,
        returned: entry.returned,
        leaseDeadlineMs: effect.deadlineMs,
        queue: effect.queue.name,
      }),
    );
  }
}

/** Runs of blocks cut into packets; within one, neighbours stay one piece. */
function* packets(effect: Deliver, blocks: readonly Uint8Array[], queueIndex: number): Generator<Uint8Array> {
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
  const packet = (end: number): Uint8Array =>
    encodeDeliver(
      { queueIndex, firstDelivery: firstDelivery === 0 ? 0 : firstDelivery + first, deadlineMs },
      entries.slice(first, end),
      runs,
    );
  for (let i = 0; i < entries.length; i += 1) {
    const { length } = entries[i] as DeliverEntry;
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

function* eachBlock(
  entries: readonly DeliverEntry[],
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

/** What the PUB endpoint sends for a publication. */
export function publicationFrames(
  form: DeliveryForm,
  effect: Publication,
  nowMs: number,
  decompress: Decompress,
): Frames {
  const view = new BlockView(effect.block, 0);
  const plain = view.compression === COMPRESSION_LZ4 ? decompress(view.body) : null;
  return fanoutFrames(form, outgoing(view, { tenant: '', acceptedAtMs: nowMs, sequence: 0 }, plain ?? undefined));
}
