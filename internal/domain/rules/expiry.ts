// What becomes of messages whose time is over: they go, or become dead letters, as their queue's policy says.

import { type Draft, draft, type Moment } from '../decision.ts';
import { statusAt, WAITING } from '../entry-table.ts';
import { beginWait, breakWait } from '../evolve-times.ts';
import type { Sequence } from '../ids.ts';
import type { Queue } from '../queue.ts';
import type { State } from '../state.ts';
import { bounded, type DeadLetterRoom } from './failure.ts';

const REASON = 'its time was over';

/** What the journal writes of a dead letter without a history, generously. */
const DEAD_LETTER_BYTES = 512;
/** A message that cannot be made a dead letter on a full disk is looked at again after so long. */
const AGAIN_MS = 1_000;

/** Dead letters that may be written: on a full disk what is left is for settlements, and they free nothing. */
export class ExpiryRoom {
  #left: number;

  constructor({ storageBlocked, freeBytes }: State) {
    this.#left = storageBlocked ? Math.max(0, Math.floor(freeBytes / DEAD_LETTER_BYTES)) : Number.POSITIVE_INFINITY;
  }

  /** Room for one with these attempts. */
  take(attempts: number): boolean {
    if (this.#left <= attempts) return false;
    this.#left -= 1 + attempts;
    return true;
  }
}

export interface Expiry {
  readonly drafts: readonly Draft[];
  /** For when the events have been applied. */
  readonly count: () => void;
}

/**
 * The messages are ready or wait. Where the dead letters take no more they go all the same: nobody may be given them any
 * more, and there is no attempt to come back to. Where the disk is full they stay, are given to nobody, and are looked at
 * again.
 */
export function expire(
  state: State,
  queue: Queue,
  sequences: readonly Sequence[],
  moment: Moment,
  room: DeadLetterRoom,
  disk: ExpiryRoom,
): Expiry {
  const drafts: Draft[] = [];
  const gone: Sequence[] = [];
  const kept: Sequence[] = [];
  for (const sequence of sequences) {
    if (queue.policy.expired !== 'dead-letter') gone.push(sequence);
    else if (!disk.take(queue.histories.get(sequence)?.length ?? 0)) kept.push(sequence);
    else if (!room.take()) gone.push(sequence);
    else drafts.push(deadLetter(queue, sequence, moment));
  }
  const dead = drafts.length;
  if (gone.length > 0) drafts.push(draft({ type: 'expired', queue: queue.id, sequences: gone }));
  return {
    drafts,
    count: () => {
      state.counters.expired += dead + gone.length;
      state.counters.deadLettered += dead;
      for (const sequence of kept) putOff(state, queue, sequence, moment.nowMs + AGAIN_MS);
    },
  };
}

/** It waits meanwhile, so that those behind it may go. Volatile: its time is in the event that brought it. */
function putOff(state: State, queue: Queue, sequence: Sequence, untilMs: number): void {
  const place = queue.entries.find(sequence);
  if (place === null) return;
  if (statusAt(place) === WAITING) breakWait(state, queue, place);
  beginWait(state, queue, place, untilMs);
  state.expiries.push({ atMs: untilMs, queue: queue.id, sequence });
}

function deadLetter(queue: Queue, sequence: Sequence, { nowMs }: Moment): Draft {
  return draft({
    type: 'dead-lettered',
    queue: queue.id,
    sequence,
    atMs: nowMs,
    cause: 'expired',
    reason: REASON,
    history: bounded(queue.histories.get(sequence) ?? []),
    operator: null,
  });
}
