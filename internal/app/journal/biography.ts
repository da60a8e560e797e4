// What a journal tells of one message: when it was accepted and into which queues, each thing that happened to it, in
// order, and how it stood at the end. Field names are those of the command line's JSON.

import type { ShownTraceContext } from '../../usecase/trace-context.ts';

/** How a message stands in a queue, or how it left it. */
export type CopyState = 'ready' | 'leased' | 'waiting_retry' | 'dead_letter' | 'settled' | 'purged' | 'queue_deleted';

export type StepName =
  | 'accepted'
  | 'leased'
  | 'extended'
  | 'failed'
  | 'returned'
  | 'settled'
  | 'dead_lettered'
  | 'replayed'
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
  state: CopyState;
  attempts: number;
  returned: number;
  lease: { consumer_id: string | null; delivery_id: string; until: string } | null;
  retry_at: string | null;
}

export interface Biography {
  readonly message_id: string;
  readonly sequence: number;
  /** Null where the journal does not hold its block any more. */
  topic: string | null;
  bytes: number | null;
  trace_context: ShownTraceContext | null;
  accepted_at: string | null;
  /** Of the group that accepted it; null where that is gone. */
  position: number | null;
  readonly queues: Copy[];
  readonly steps: Step[];
  /** Of more steps than are kept the oldest go. */
  steps_left_out: number;
}
