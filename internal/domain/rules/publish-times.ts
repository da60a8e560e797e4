// The times of a message, settled: what its producer wished becomes times of the broker, or a refusal.

import type { Refusal } from '../effect.ts';
import type { WishedTimes } from '../message-times.ts';

/** Further ahead nothing is scheduled, as in the earlier system. */
export const SCHEDULE_MAX_MS = 365 * 24 * 3_600_000;
/** A time this little in the past is now: clocks differ, and messages take their way. */
export const SCHEDULE_LATE_MS = 60_000;

export interface SettledTimes {
  /** 0: at once. */
  readonly dueMs: number;
  /** 0: never. */
  readonly expiresMs: number;
}

export function settleTimes({ due, expiry }: WishedTimes, nowMs: number): SettledTimes | Refusal {
  const dueMs = due === null ? 0 : absolute(due, nowMs);
  if (dueMs !== 0 && dueMs < nowMs - SCHEDULE_LATE_MS) {
    return { code: 'SCHEDULE_IN_PAST', detail: `${Math.round(nowMs - dueMs)} ms ago` };
  }
  if (dueMs > nowMs + SCHEDULE_MAX_MS) {
    return { code: 'SCHEDULE_TOO_FAR', detail: `more than ${SCHEDULE_MAX_MS} ms ahead` };
  }
  const expiresMs = expiry === null ? 0 : absolute(expiry, nowMs);
  if (expiresMs !== 0 && expiresMs <= Math.max(nowMs, dueMs)) {
    const late = expiresMs <= nowMs ? 'its time is over' : 'it would be due when its time is over';
    return { code: 'ALREADY_EXPIRED', detail: late };
  }
  return { dueMs: dueMs > nowMs ? dueMs : 0, expiresMs };
}

const absolute = (wish: { readonly afterMs: number } | { readonly atMs: number }, nowMs: number): number =>
  'atMs' in wish ? wish.atMs : nowMs + wish.afterMs;
