// An atomic batch on its way out: packed whole or not at all, and refused whole.

import { PUBLISH_HEAD_BYTES, TachyonError } from '../../protocol/index.ts';
import { BATCH_BYTES_MAX, BATCH_MESSAGE_BYTES, BATCH_MESSAGES_MAX } from '../../protocol/limits.ts';
import type { PublishBody, PublishOptions } from './message.ts';
import type { Outstanding } from './outstanding.ts';
import type { PublishPacket } from './publish-packet.ts';
import type { PublishReceipt } from './receipt.ts';
import type { WaitingBatch, WaitingPublish } from './waiting-line.ts';

/** Each message with the ends of its promise. */
export function promised(batch: readonly Omit<WaitingPublish, 'resolve' | 'reject'>[]): {
  readonly items: readonly WaitingPublish[];
  readonly promises: Promise<PublishReceipt>[];
} {
  const items: WaitingPublish[] = [];
  const promises = batch.map(
    (message) =>
      new Promise<PublishReceipt>((resolve, reject) => {
        items.push({ ...message, resolve, reject });
      }),
  );
  return { items, promises };
}

/** Whether so many messages can never be under way together. */
export function countFault(messages: number, window: number): TachyonError | null {
  const most = Math.min(window, BATCH_MESSAGES_MAX);
  return messages <= most ? null : new TachyonError('BATCH_TOO_LARGE', `${messages} messages, at most ${most}`);
}

type Pack = (topic: string, body: PublishBody, options: PublishOptions) => number;

/** The lengths of the blocks. Null: one cannot be sent, or all are too much together, and each promise was told. */
export function packBatch(batch: readonly WaitingPublish[], packet: PublishPacket, pack: Pack): number[] | null {
  const lengths: number[] = [];
  for (const [index, { topic, body, options, reject }] of batch.entries()) {
    try {
      lengths.push(pack(topic, body, options));
    } catch (error) {
      const fault = error as TachyonError;
      reject(fault);
      refuseItem({ batch }, new TachyonError('BATCH_REFUSED', `message ${index} of the batch: ${fault.code}`));
      return null;
    }
    const bytes = packet.end - PUBLISH_HEAD_BYTES + lengths.length * BATCH_MESSAGE_BYTES;
    if (batch.length > 1 && bytes > BATCH_BYTES_MAX) {
      refuseItem({ batch }, new TachyonError('BATCH_TOO_LARGE', `more than ${BATCH_BYTES_MAX} bytes`));
      return null;
    }
  }
  return lengths;
}

/** A promise that was settled before stays as it is. */
export function refuseItem(item: WaitingPublish | WaitingBatch, error: TachyonError): void {
  if ('batch' in item) for (const { reject } of item.batch) reject(error);
  else item.reject(error);
}

/** What an answer did not name of a batch that was refused: it must not go out again as a smaller one. */
export function refuseRest(outstanding: Outstanding, { first, count }: PublishPacket): void {
  const error = new TachyonError('BATCH_REFUSED', 'the batch was refused');
  for (let sequence = first; sequence < first + count; sequence += 1)
    if (outstanding.has(sequence)) outstanding.refuse(sequence, error);
}
