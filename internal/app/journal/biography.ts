// What a journal tells of one message: when it was accepted and into which queues, each thing that happened to it, in
// order, and how it stood at the end. Field names are those of the command line's JSON.

import type { ShownTraceContext } from '../../usecase/trace-context.ts';
import type { EarlierCopy, ShownLetter } from './earlier-steps.ts';

/**
 * How a message stands in a queue, or how it left it. `moved`: an operator replayed it into another queue. `unknown`: no
 * file tells it.
 */
export type CopyState =
  | 'ready'
  | 'leased'
  | 'waiting_retry'
  | 'scheduled'
  | 'dead_letter'
  | 'settled'
  | 'expired'
  | 'purged'
  | 'moved'
  | 'queue_deleted'
  | 'unknown';

export type StepName =
  | 'accepted'
  | 'leased'
  | 'extended'
  | 'failed'
  | 'returned'
  | 'settled'
  | 'expired'
  | 'dead_lettered'
  | 'replayed'
  | 'released'
  | 'purged'
  | 'queue_deleted'
  | 'relocated';

/** One thing that happened. Beside these fields those that its kind has, such as `consumer_id` or `retry_at`. */
export interface Step {
  readonly at: string;
  /** Null for what is known from elsewhere: the journal does not reach back so far. */
  readonly position: number | null;
  readonly event: StepName;
  /** Null where all of its queues are concerned. */
  readonly queue: string | null;
  readonly tenant_id: string | null;
  readonly [field: string]: unknown;
}

export interface Copy {
  readonly queue: string;
  readonly tenant_id: string;
  readonly state: CopyState;
  /** Why the state is unknown; null where it is not. */
  readonly unknown: string | null;
  /** Failed ones. Counts are since the last replay; null where no file tells them. */
  readonly attempts: number | null;
  readonly returned: number | null;
  readonly deliveries: number | null;
  readonly lease: { readonly consumer_id: string | null; readonly delivery_id: string; readonly until: string } | null;
  readonly retry_at: string | null;
  readonly due_at: string | null;
  readonly dead_letter: ShownLetter | null;
}

export interface Biography {
  readonly message_id: string;
  readonly sequence: number;
  /** Null where the journal does not hold its block any more. */
  readonly topic: string | null;
  readonly bytes: number | null;
  readonly trace_context: ShownTraceContext | null;
  readonly accepted_at: string | null;
  /** Of the group that accepted it; null where that is gone. */
  readonly position: number | null;
  readonly queues: readonly Copy[];
  readonly steps: readonly Step[];
  /** Of more steps than are kept the oldest go. */
  readonly steps_left_out: number;
  /** What a checkpoint knows of the time before the journal. */
  readonly earlier: readonly EarlierCopy[];
}
