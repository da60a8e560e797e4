// What becomes of messages whose time is over: they go, or become dead letters, as their queue's policy says.

import { type Draft, draft, type Moment } from '../decision.ts';
import type { Sequence } from '../ids.ts';
import type { Queue } from '../queue.ts';
import type { State } from '../state.ts';
import { bounded, type DeadLetterRoom } from './failure.ts';

const REASON = 'its time was over';

export interface Expiry {
  readonly drafts: readonly Draft[];
  /** For when the events have been applied. */
  readonly count: () => void;
}

/**
 * The messages are ready or wait. Where the dead letters take no more they go all the same: nobody may be given them any
 * more, and there is no attempt to come back to.
 */
export function expire(
  state: State,
  queue: Queue,
  sequences: readonly Sequence[],
  moment: Moment,
  room: DeadLetterRoom,
): Expiry {
  const drafts: Draft[] = [];
  const gone: Sequence[] = [];
  for (const sequence of sequences) {
    if (queue.policy.expired !== 'dead-letter' || !room.take()) gone.push(sequence);
    else drafts.push(deadLetter(queue, sequence, moment));
  }
  const dead = drafts.length;
  if (gone.length > 0) drafts.push(draft({ type: 'expired', queue: queue.id, sequences: gone }));
  return {
    drafts,
    count: () => {
      state.counters.expired += sequences.length;
      state.counters.deadLettered += dead;
    },
  };
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
