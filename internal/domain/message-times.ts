// From when on a message may be given, and from when on it is worth nothing. Settled when it is accepted, as times of the
// broker: nothing is computed from a clock, a policy or a header after that.

import type { QueueId, Sequence } from './ids.ts';

/** What a producer asks for; null: nothing. Of a span the beginning is its acceptance. */
export interface WishedTimes {
  readonly due: { readonly afterMs: number } | { readonly atMs: number } | null;
  readonly expiry: { readonly afterMs: number } | { readonly atMs: number } | null;
}

/** Of one message of an `accepted` run. 0: no such time. */
export interface AcceptedTimes {
  readonly index: number;
  readonly dueMs: number;
  readonly expiresMs: number;
}

/** Their time was over before anybody took them: out for good. */
export interface Expired {
  readonly type: 'expired';
  readonly queue: QueueId;
  readonly sequences: readonly Sequence[];
}
