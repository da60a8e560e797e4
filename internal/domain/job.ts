// An operator's request on many dead letters, carried out in steps between which live traffic passes. What it means is
// durable, so that a restart goes on with it; which records are left is found by asking again.

import type { JobOrder } from './dead-letter-order.ts';
import type { Operator } from './event.ts';

export type JobState = 'running' | 'done' | 'cancelled' | 'failed';

export interface Job {
  readonly id: number;
  readonly order: JobOrder;
  readonly total: number;
  readonly startedMs: number;
  readonly operator: Operator;
  readonly state: JobState;
  readonly done: number;
  readonly failed: number;
  /** 0 while it runs. */
  readonly endedMs: number;
}

/** Jobs that run at once. */
export const RUNNING_JOBS_MAX = 8;
/** Ended jobs that are remembered. */
export const ENDED_JOBS_MAX = 50;
