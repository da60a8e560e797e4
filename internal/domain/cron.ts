// A recurring schedule: a message that is published again and again, at times that a cron expression names in a time zone. It is
// durable state like a queue; when it fires next is settled in decide and stands in the event that records the last fire.

import type { CronId, QueueId, Sequence } from './ids.ts';

/** When: the five fields of cron, or six with seconds first, as the clocks of an IANA time zone show them. */
export interface CronSpec {
  readonly expression: string;
  readonly timezone: string;
}

/** Whether a spec is one, and when it fires. Told from outside, as the zones of the world are no rules of ours. */
export interface Calendar {
  /** Why it is none; null for one that is fine. */
  readonly fault: (spec: CronSpec) => string | null;
  /** The first time behind `afterMs`, in whole milliseconds; null: never again. */
  readonly nextFire: (spec: CronSpec, afterMs: number) => number | null;
}

/** Where nobody can tell the times of the world. */
export const NO_CALENDAR: Calendar = { fault: () => 'there is no calendar here', nextFire: () => null };

/** `skip`: it does not fire while its last message is in a queue. */
export const OVERLAPS = ['skip', 'allow'] as const;
/** Of fires that were missed: none is made up for, one for all of them, or each, within bounds. */
export const CATCH_UPS = ['none', 'one', 'all'] as const;

/** What an operator declares, beside the body. */
export interface CronPlan extends CronSpec {
  readonly topic: string;
  readonly contentType: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly overlap: (typeof OVERLAPS)[number];
  readonly catchUp: (typeof CATCH_UPS)[number];
  /** With `all`: how many missed fires are made up for at once. */
  readonly catchUpMax: number;
}

/** What became of its fires since it was declared. */
export interface CronCounts {
  readonly fired: number;
  /** As its last message was still there. */
  readonly skipped: number;
  /** As the broker was away; of one gap no more are counted than are looked at. */
  readonly missed: number;
  /** As no queue could take the message: see `lastError`. */
  readonly refused: number;
}

export interface Cron extends CronCounts {
  readonly id: CronId;
  readonly tenant: string;
  readonly name: string;
  readonly plan: CronPlan;
  readonly body: Uint8Array;
  readonly paused: boolean;
  /** 0: never again. */
  readonly nextMs: number;
  readonly declaredMs: number;
  /** 0: it has not fired yet. */
  readonly lastFiredMs: number;
  /** Why the last fire was refused; empty where it was not. */
  readonly lastError: string;
  /** Its last message, and the queues that it went to. */
  readonly lastSequence: Sequence;
  readonly lastQueues: readonly QueueId[];
}

/** Names of schedules stand in the ids of their messages. */
export const CRON_NAME_BYTES_MAX = 128;
export const CRON_EXPRESSION_CHARACTERS_MAX = 256;
/** A schedule's body stays in memory. */
export const CRON_BODY_BYTES_MAX = 65_536;
/** Of all schedules. */
export const CRONS_BYTES_MAX = 64 * 1024 * 1024;
export const CATCH_UP_MAX = 100;
