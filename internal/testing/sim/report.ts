// What one simulation came to: what happened in it, and what the oracle found.

import type { BatchCounts } from './audit/book.ts';
import type { Verdict } from './audit/oracle.ts';
import type { SimBroker } from './world/sim-broker.ts';

export interface Report extends Verdict, BatchCounts {
  readonly seed: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly messages: number;
  readonly confirmed: number;
  readonly refused: number;
  readonly delivered: number;
  readonly redelivered: number;
  /** Deliveries of messages that were due later than they came. */
  readonly delayed: number;
  /** Scheduled ones that operators cancelled, and moved. */
  readonly cancelled: number;
  readonly moved: number;
  /** First deliveries whose order was judged. */
  readonly firsts: number;
  /** Deliveries whose order within their key was judged. */
  readonly keyed: number;
  readonly atMostOnce: number;
  readonly durableAcks: number;
  /** Settlements of what was given on an earlier connection of the same session. */
  readonly resumed: number;
  readonly starts: number;
  /** Messages of producers that waited for room; and that were refused for a quota or a throttle. */
  readonly heldBack: number;
  readonly quotaRefused: number;
  readonly throttled: number;
  /** Times that a queue had something to give and nobody who could take it. */
  readonly dispatchPaused: number;
  readonly checkpoints: number;
  readonly relocated: number;
  readonly trimmed: number;
  readonly crashes: SimBroker['moments'];
}
