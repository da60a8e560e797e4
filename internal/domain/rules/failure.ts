// What becomes of a message whose attempt did not end in an ack: another attempt later, back to its place, or the
// dead letters. Shared by nacks, timeouts and consumers that go.

import { type Draft, draft, type Moment } from '../decision.ts';
import { failedAt, returnedAt } from '../entry-table.ts';
import type { AttemptRecord, FailureCause, Operator } from '../event.ts';
import type { Lease } from '../lease-table.ts';
import { REASON_CHARACTERS_MAX } from '../limits.ts';
import type { QueuePolicy } from '../queue-policy.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';

/** Exponential, bounded, with a share of it left to chance: failures of one moment do not all come back in one. */
export function backoffMs(policy: QueuePolicy, failures: number, chance: number): number {
  // The power may be infinite, and nothing times infinity is no number.
  const power = Math.min(Number.MAX_SAFE_INTEGER, policy.backoffFactor ** (failures - 1));
  const full = Math.min(policy.backoffMaxMs, policy.backoffInitialMs * power);
  return Math.round(full * (1 - policy.backoffJitter * chance));
}

/** How many dead letters may still come: a decision that makes several must count its own. */
export class DeadLetterRoom {
  #left: number;

  constructor(state: State) {
    this.#left = state.limits.deadLettersMax - state.deadLetters;
  }

  /** Takes a place, if there is one. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }
}

/** A failed attempt. `delayMs` is the consumer's own wish; null leaves it to the policy. */
export function failure(
  lease: Lease,
  cause: FailureCause,
  reason: string,
  delayMs: number | null,
  moment: Moment,
  room: DeadLetterRoom,
): Draft {
  const { queue, sequence, session } = lease;
  const place = queue.entries.find(sequence);
  const failures = (place === null ? 0 : failedAt(place)) + 1;
  const record: AttemptRecord = {
    attempt: failures,
    consumer: session.consumer,
    atMs: moment.nowMs,
    cause,
    reason: wellFormed(reason.slice(0, REASON_CHARACTERS_MAX)),
  };
  const ends = cause === 'nack_terminal' || failures >= queue.policy.attemptsMax;
  if (ends && room.take()) {
    return deadLetter(
      lease,
      cause === 'nack_terminal' ? cause : 'attempts_exhausted',
      record.reason,
      record,
      moment,
      null,
    );
  }
  // A full DLQ loses nothing: the message keeps its place and tries again at the longest delay.
  const delay = ends ? queue.policy.backoffMaxMs : (delayMs ?? backoffMs(queue.policy, failures, moment.chance()));
  return draft({ type: 'failed', queue: queue.id, sequence, retryAtMs: moment.nowMs + delay, record });
}

function deadLetter(
  lease: Lease,
  cause: FailureCause,
  reason: string,
  record: AttemptRecord | null,
  moment: Moment,
  operator: Operator | null,
): Draft {
  const { queue, sequence } = lease;
  const before = queue.histories.get(sequence) ?? [];
  return draft({
    type: 'dead-lettered',
    queue: queue.id,
    sequence,
    atMs: moment.nowMs,
    cause,
    reason,
    history: record === null ? before : [...before, record],
    operator,
  });
}

/** A lease that ends without a failure; null when its message may simply go back. */
export function returnsExhausted(lease: Lease, moment: Moment, room: DeadLetterRoom): Draft | null {
  const place = lease.queue.entries.find(lease.sequence);
  if (place === null || returnedAt(place) < lease.queue.policy.returnsMax || !room.take()) return null;
  return deadLetter(lease, 'returns_exhausted', 'returned too often without an answer', null, moment, null);
}

export interface Closing {
  readonly drafts: readonly Draft[];
  /** Counts what became of its messages; for when the events have been applied. */
  readonly count: () => void;
}

const NO_LEASES: ReadonlySet<Lease> = new Set();

/**
 * The events that end a session: messages that killed too many consumers first, then the session with the rest.
 * `ended` are leases of which the same decision has disposed already.
 */
export function closing(
  state: State,
  session: Session,
  moment: Moment,
  room: DeadLetterRoom,
  ended: ReadonlySet<Lease> = NO_LEASES,
): Closing {
  const drafts: Draft[] = [];
  let returned = 0;
  for (const lease of session.leases()) {
    if (ended.has(lease)) continue;
    const exhausted = returnsExhausted(lease, moment, room);
    if (exhausted === null) returned += 1;
    else drafts.push(exhausted);
  }
  const dead = drafts.length;
  drafts.push(draft({ type: 'session-closed', session: session.id }));
  return {
    drafts,
    count: () => {
      state.counters.returned += returned;
      state.counters.deadLettered += dead;
    },
  };
}

/** Half a surrogate pair would come back from the journal as another character. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
