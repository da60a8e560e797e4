// What becomes of a message whose attempt did not end in an ack: another attempt later, back to its place, or the
// dead letters. Shared by nacks, timeouts and consumers that go.

import { cutText, textLength } from '../../../pkg/protocol/bytes.ts';
import { REASON_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { type Draft, draft, type Moment } from '../decision.ts';
import { parks } from '../delivery-order.ts';
import type { LeasesEnded } from '../effect.ts';
import { failedAt, returnedAt } from '../entry-table.ts';
import type { AttemptRecord, FailureCause, Operator } from '../event.ts';
import type { DeliveryId, PeerId } from '../ids.ts';
import type { Lease } from '../lease-table.ts';
import { HISTORY_REASONS_BYTES_MAX, TIGHT_REASON_BYTES_MAX } from '../limits.ts';
import type { QueuePolicy } from '../queue-policy.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';

/** What a character may take in the JSON of a record. */
const ESCAPED_BYTES_MAX = 6;

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
    const { deadLettersMax, deadLetterBytesMax, deadLettersFull } = state.limits;
    const isFull = deadLettersFull === 'keep' && state.deadLetterBytes >= deadLetterBytesMax;
    const room = deadLettersFull === 'keep' ? deadLettersMax - state.deadLetters : Number.POSITIVE_INFINITY;
    this.#left = isFull ? 0 : room;
  }

  /** Takes a place, if there is one. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }
}

/**
 * A failed attempt. `reason` is a text of ours, or a consumer's as `keptReason` gives it. `delayMs` is the consumer's own
 * wish; null leaves it to the policy.
 */
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
    reason,
  };
  const ends = cause === 'nack_terminal' || failures >= queue.policy.attemptsMax;
  // Where a key keeps its order, the message stays at its head: those behind it wait, and it is probed.
  const stays = cause !== 'nack_terminal' && place !== null && parks(queue, place);
  if (ends && !stays && room.take()) {
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
    history: bounded(record === null ? before : [...before, record]),
    operator,
  });
}

const RETURNED_TOO_OFTEN = 'returned too often without an answer';

/** A lease that ends without a failure; null when its message may simply go back. */
export function returnsExhausted(lease: Lease, moment: Moment, room: DeadLetterRoom): Draft | null {
  const place = lease.queue.entries.find(lease.sequence);
  if (place === null || returnedAt(place) < lease.queue.policy.returnsMax) return null;
  if (parks(lease.queue, place)) return failure(lease, 'returns_exhausted', RETURNED_TOO_OFTEN, null, moment, room);
  return room.take() ? deadLetter(lease, 'returns_exhausted', RETURNED_TOO_OFTEN, null, moment, null) : null;
}

/** An event must fit a group: where the reasons of very many attempts are too long together, the oldest go empty. */
export function bounded(history: readonly AttemptRecord[]): readonly AttemptRecord[] {
  const most = history.reduce((sum, { reason }) => sum + reason.length * ESCAPED_BYTES_MAX, 0);
  if (most <= HISTORY_REASONS_BYTES_MAX) return history;
  let left = HISTORY_REASONS_BYTES_MAX;
  return history
    .toReversed()
    .map((record) => {
      left -= textLength(JSON.stringify(record.reason));
      return left >= 0 ? record : { ...record, reason: '' };
    })
    .toReversed();
}

/** Tells the consumers that are here which of their leases end. */
export function leasesEnded(leases: readonly Lease[], deletedQueue: string | null): LeasesEnded[] {
  const byPeer = new Map<PeerId, DeliveryId[]>();
  for (const { delivery, session } of leases) {
    if (session.peer === null) continue;
    const deliveries = byPeer.get(session.peer);
    if (deliveries === undefined) byPeer.set(session.peer, [delivery]);
    else deliveries.push(delivery);
  }
  return [...byPeer].map(([peer, deliveries]) => ({
    type: 'leases-ended',
    gated: false,
    peer,
    deliveries,
    deletedQueue,
  }));
}

export interface Closing {
  readonly drafts: readonly Draft[];
  /** Counts what became of its messages; for when the events have been applied. */
  readonly count: () => void;
}

const NONE: ReadonlySet<DeliveryId> = new Set();

/**
 * The events that end a session: messages that killed too many consumers first, then the session with the rest.
 * `ended` are leases of which the same decision has disposed already.
 */
export function closing(
  state: State,
  session: Session,
  moment: Moment,
  room: DeadLetterRoom,
  ended: ReadonlySet<DeliveryId> = NONE,
): Closing {
  const drafts: Draft[] = [];
  let returned = 0;
  for (const lease of session.leases()) {
    if (ended.has(lease.delivery)) continue;
    const exhausted = returnsExhausted(lease, moment, room);
    if (exhausted === null) returned += 1;
    else drafts.push(exhausted);
  }
  const dead = drafts.filter(({ event }) => event.type === 'dead-lettered').length;
  drafts.push(draft({ type: 'session-closed', session: session.id }));
  return {
    drafts,
    count: () => {
      state.counters.returned += returned;
      state.counters.deadLettered += dead;
    },
  };
}

/**
 * A consumer's reason as it is kept: whole, but where the disk is full and the attempt is recorded in reserved room.
 * Half a surrogate pair would come back from the journal as another character.
 */
export function keptReason(state: State, reason: string): string {
  const tight = state.storageBlocked && state.freeBytes <= 0;
  const kept = cutText(reason, tight ? TIGHT_REASON_BYTES_MAX : REASON_BYTES_MAX);
  return kept.replace(/\p{Surrogate}/gu, '\ufffd');
}
