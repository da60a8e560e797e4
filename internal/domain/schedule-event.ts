// What operators do to messages that wait for their time.

import type { QueueId, Sequence } from './ids.ts';
import type { Operator } from './operator-event.ts';

/** It is due at another time; it keeps its place and its number. */
export interface Rescheduled {
  readonly type: 'rescheduled';
  readonly queue: QueueId;
  readonly sequence: Sequence;
  readonly dueMs: number;
  readonly operator: Operator;
}

/** Out of the queue for good, before anybody could get them. */
export interface Cancelled {
  readonly type: 'cancelled';
  readonly queue: QueueId;
  readonly sequences: readonly Sequence[];
  readonly operator: Operator;
}

export type ScheduleEvent = Rescheduled | Cancelled;
