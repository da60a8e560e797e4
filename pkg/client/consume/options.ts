// What a consumer may ask for.

import { EXTEND_MS_MAX, TachyonError } from '../../protocol/index.ts';
import type { Delivery } from './delivery.ts';

export interface ConsumeOptions {
  /** The queue to work on; it is declared if it is not there. */
  readonly queue?: string;
  /** Patterns to bind to the queue. Without a queue, each pattern is itself the name of a queue that workers share. */
  readonly subscriptions?: readonly string[];
  /** The session's name. A second consumer of the same name takes over its session. Default: made up. */
  readonly consumerId?: string;
  /** What may be held unsettled at once; the broker may grant less. Default: what the broker grants. */
  readonly window?: { readonly messages?: number; readonly bytes?: number };
  /** Deliveries stay with this consumer while it reconnects, for the broker's grace (10 s by default). Default false. */
  readonly resumable?: boolean;
  /** False: at most once. A message is settled before it is handed over, and lost if this process then fails. */
  readonly supportsAck?: boolean;
  /** Nothing is pushed: ask with `fetch`. */
  readonly pull?: boolean;
  /**
   * Keeps leases alive. A number is how far ahead they are paid, in milliseconds; true (default) is 30,000. What is
   * held is extended when it arrives, before any of your code runs, and again while the event loop is free: so a handler
   * may block the loop for as long as was paid ahead.
   */
  readonly autoExtend?: boolean | number;
  /** Handler form: how many run at a time. Default 1. */
  readonly concurrency?: number;
}

/**
 * Returns (or resolves) when the message is done: it is acked then, unless it was settled already. A throw or rejection
 * hands it back as a retryable failure with the error's message as reason.
 */
export type DeliveryHandler = (delivery: Delivery) => unknown;

const AHEAD_MS_DEFAULT = 30_000;

export const aheadMsOf = ({ autoExtend = true, supportsAck = true }: ConsumeOptions): number => {
  if (!supportsAck || autoExtend === false) return 0;
  return autoExtend === true ? AHEAD_MS_DEFAULT : autoExtend;
};

/** Throws INVALID_ARGUMENT with the option's name. */
export function checkConsumeOptions(options: ConsumeOptions, hasHandler: boolean): void {
  const refuse = (name: string, why: string): never => {
    throw new TachyonError('INVALID_ARGUMENT', `${name}: ${why}`);
  };
  const { autoExtend, concurrency = 1, pull = false } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) refuse('concurrency', 'must be a whole number from 1');
  if (typeof autoExtend === 'number' && !(Number.isSafeInteger(autoExtend) && autoExtend >= 1)) {
    refuse('autoExtend', 'must be whole milliseconds from 1');
  }
  if (typeof autoExtend === 'number' && autoExtend > EXTEND_MS_MAX) refuse('autoExtend', `at most ${EXTEND_MS_MAX} ms`);
  if (pull && hasHandler) refuse('pull', 'a consumer that pulls has no handler');
}
