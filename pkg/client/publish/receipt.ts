// What a producer is told when the broker has taken a message.

import type { ConfirmDurability, TachyonError } from '../../protocol/index.ts';

export interface PublishReceipt {
  /**
   * Where in the broker's journal the message became true; opaque, but later ones are larger. 0 where nothing was
   * journaled (fanout only). Of a duplicate: a position at which it was surely there.
   */
  readonly position: number;
  /** What the message survives: `disk` a crash and a loss of power, `memory` neither, `none` was never kept. */
  readonly durability: ConfirmDurability;
  /**
   * True: an earlier attempt had arrived, and the message counts once. `unknown`: the broker forgot this producer
   * while the message was under way, so that an earlier attempt may be there as a second message.
   */
  readonly duplicate: boolean | 'unknown';
  /** The producer's own number of the message. */
  readonly sequence: number;
}

/** One entry of `publishBatch`, in the order of the messages. */
export type PublishResult =
  | { readonly ok: true; readonly receipt: PublishReceipt }
  | { readonly ok: false; readonly error: TachyonError };
