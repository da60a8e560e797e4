// What happens to recurring schedules. That one has fired stands in the `accepted` of its message, so that there is no moment
// between the two.

import type { CronPlan } from './cron.ts';
import type { CronId } from './ids.ts';
import type { Operator } from './operator-event.ts';

/** Also of one that is known: it is changed, and its counts go on. */
export interface CronDeclared {
  readonly type: 'cron-declared';
  readonly cron: CronId;
  readonly tenant: string;
  readonly name: string;
  readonly plan: CronPlan;
  readonly body: Uint8Array;
  readonly atMs: number;
  readonly nextMs: number;
  readonly operator: Operator;
}

export interface CronRemoved {
  readonly type: 'cron-removed';
  readonly cron: CronId;
  readonly operator: Operator;
}

/** A paused schedule does not fire, and misses nothing. */
export interface CronSteered {
  readonly type: 'cron-steered';
  readonly cron: CronId;
  readonly paused: boolean;
  readonly nextMs: number;
  readonly operator: Operator;
}

/** Its time came, and no message was made. */
export interface CronPassed {
  readonly type: 'cron-passed';
  readonly cron: CronId;
  readonly atMs: number;
  readonly nextMs: number;
  readonly skipped: number;
  readonly missed: number;
  readonly refused: number;
  /** Of a refusal; else empty. */
  readonly error: string;
}

/** Of an `accepted`: the schedule whose messages these are. */
export interface CronFire {
  readonly cron: CronId;
  readonly name: string;
  /** The time that the first of them is for. */
  readonly dueMs: number;
  readonly nextMs: number;
  /** Fires between, for which there is no message. */
  readonly skipped: number;
  readonly missed: number;
}

export type CronEvent = CronDeclared | CronRemoved | CronSteered | CronPassed;
