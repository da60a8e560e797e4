// Dead letters are kept within bounds of age, count and bytes. What is too old goes; what is too much goes, oldest first,
// where the policy says so, else new ones are not taken and their messages stay in their queues.

import { STEP_TARGETS_MAX } from '../dead-letter-order.ts';
import { type Draft, draft, type Moment } from '../decision.ts';
import { lengthAt } from '../entry-table.ts';
import type { QueueId, Sequence } from '../ids.ts';
import { EXPIRY_BATCH_MAX } from '../limits.ts';
import type { State } from '../state.ts';
import { recorded } from './audit.ts';

interface Letter {
  readonly queue: QueueId;
  readonly sequence: Sequence;
  readonly atMs: number;
  readonly bytes: number;
}

/** At most a turn's worth, oldest first. `more`: there are others. */
export function retention(state: State, moment: Moment): { readonly drafts: Draft[]; readonly more: boolean } {
  const { deadLetterAgeMs, deadLettersMax, deadLetterBytesMax, deadLettersFull } = state.limits;
  const isOver = state.deadLetters > deadLettersMax || state.deadLetterBytes > deadLetterBytesMax;
  const drops = isOver && deadLettersFull === 'drop-oldest';
  // What is left of a full disk belongs to the settlements that were booked.
  if (!state.hasControlRoom) return { drafts: [], more: false };
  if (state.deadLetters === 0 || (!Number.isFinite(deadLetterAgeMs) && !drops)) return { drafts: [], more: false };
  const letters = lettersOf(state).sort((a, b) => a.atMs - b.atMs);
  const old = letters.filter(({ atMs }) => moment.nowMs - atMs >= deadLetterAgeMs).length;
  const going = letters.slice(0, Math.max(old, drops ? surplus(state, letters) : 0));
  const now = going.slice(0, EXPIRY_BATCH_MAX);
  const reason = old > 0 ? 'older than DLQ_MAX_AGE_MS' : 'more than DLQ_RECORDS_MAX or DLQ_BYTES_MAX';
  const drafts: Draft[] = [];
  for (let at = 0; at < now.length; at += STEP_TARGETS_MAX) {
    drafts.push(...steps(state, now.slice(at, at + STEP_TARGETS_MAX), reason, moment));
  }
  return { drafts, more: now.length < going.length };
}

function lettersOf(state: State): Letter[] {
  const letters: Letter[] = [];
  for (const queue of state.queues.values()) {
    for (const [sequence, { atMs }] of queue.dead) {
      const place = queue.entries.find(sequence);
      letters.push({ queue: queue.id, sequence, atMs, bytes: place === null ? 0 : lengthAt(place) });
    }
  }
  return letters;
}

/** How many of the oldest must go. */
function surplus({ limits, deadLetters, deadLetterBytes }: State, letters: readonly Letter[]): number {
  let count = 0;
  let left = deadLetters;
  let bytes = deadLetterBytes;
  while (left > limits.deadLettersMax || bytes > limits.deadLetterBytesMax) {
    const next = letters[count];
    if (next === undefined) break;
    count += 1;
    left -= 1;
    bytes -= next.bytes;
  }
  return count;
}

function steps(state: State, letters: readonly Letter[], reason: string, moment: Moment): Draft[] {
  const operator = { actor: 'broker', reason };
  const byQueue = new Map<QueueId, Sequence[]>();
  for (const { queue, sequence } of letters) byQueue.set(queue, [...(byQueue.get(queue) ?? []), sequence]);
  const prior = [...byQueue].map(([queue, sequences]) => ({ queue: state.queues.get(queue)?.name ?? '', sequences }));
  return [
    ...[...byQueue].map(([queue, sequences]) =>
      draft({ type: 'dead-letters-purged', queue, sequences: sequences.sort((a, b) => a - b), operator }),
    ),
    recorded(moment, operator, 'expire_dead_letter', 'done', [], prior, [{ count: letters.length }]),
  ];
}
