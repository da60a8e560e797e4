// What operators want of messages that wait for their time, and of recurring schedules.

import type { CronPlan } from './cron.ts';
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

interface OfCron {
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly name: string;
}

export interface DeclareCron extends OfCron {
  readonly type: 'declare-cron';
  readonly plan: CronPlan;
  readonly body: Uint8Array;
  /** One that is there with another plan is changed, not refused. */
  readonly update: boolean;
}

export interface RemoveCron extends OfCron {
  readonly type: 'remove-cron';
}

/** `pause`: it does not fire. `resume`: it does again, from now on. */
export interface SteerCron extends OfCron {
  readonly type: 'steer-cron';
  readonly word: 'pause' | 'resume';
}

/** Publishes its message now, whatever its times and its policies are. */
export interface RunCron extends OfCron {
  readonly type: 'run-cron';
}

export type CronCommand = DeclareCron | RemoveCron | SteerCron | RunCron;

export type ScheduleCommand = CancelScheduled | MoveScheduled;
