// What an operator asks for of dead letters: which ones, and what is to become of them.

import type { QueueId, Sequence } from './ids.ts';

/** Dead letters that one step moves: what one line of the audit log names, and what a turn does for operators at once. */
export const STEP_TARGETS_MAX = 256;

export interface DeadLetterTarget {
  readonly queue: QueueId;
  readonly sequence: Sequence;
  /** As operators know it: for the audit log. */
  readonly messageId: string;
}

/** Which dead letters are meant: all fields that are not null must be equal. */
export interface DeadLetterFilter {
  readonly ids: readonly string[] | null;
  readonly tenant: string | null;
  readonly queue: string | null;
  readonly sequence: number | null;
  readonly consumer: string | null;
  readonly topic: string | null;
  readonly reason: string | null;
  readonly fingerprint: string | null;
}

export interface JobOrder {
  readonly kind: 'replay' | 'purge';
  readonly filter: DeadLetterFilter;
  /** Replays only: what the records must be of, restated; null: not restated. */
  readonly targetConsumer: string | null;
  readonly targetTopic: string | null;
  /** Another queue, on purpose. */
  readonly toQueue: string | null;
  /** Records a second; 0: as fast as they go beside live traffic. */
  readonly ratePerSecond: number;
}
