// What operators want of messages that wait for their time.

import type { Sequence } from './ids.ts';
import type { WishedTimes } from './message-times.ts';
import type { OperatorRequest } from './operator-command.ts';

interface OfScheduled {
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly queueName: string;
  /** Changes nothing: says what would be done. */
  readonly dryRun: boolean;
}

/** A message of the queue, and the id under which it goes on record. */
export interface ScheduledTarget {
  readonly sequence: Sequence;
  readonly messageId: string;
}

export interface CancelScheduled extends OfScheduled {
  readonly type: 'cancel-scheduled';
  readonly targets: readonly ScheduledTarget[];
}

export interface MoveScheduled extends OfScheduled {
  readonly type: 'move-scheduled';
  readonly target: ScheduledTarget;
  readonly due: NonNullable<WishedTimes['due']>;
}

export type ScheduleCommand = CancelScheduled | MoveScheduled;
