// The part of evolve in which messages become dead letters, and dead letters messages.

import { invariant } from './assert.ts';
import { endLease, entryOf, queueOf } from './entry-moves.ts';
import { DEAD, FAILED_COUNT_MAX, LEASED, lengthAt, statusAt, WAITING } from './entry-table.ts';
import type { Accepted, DeadLettered, Redriven } from './event.ts';
import { breakWait, forgetExpiry } from './evolve-times.ts';
import { orderGone, orderRevived } from './evolve-traits.ts';
import { asSequence } from './ids.ts';
import { type AcceptedNotes, oweCopies, settleCopies } from './letter-copy.ts';
import type { State } from './state.ts';

export function deadLettered(state: State, event: DeadLettered): void {
  const queue = queueOf(state, event.queue);
  const place = entryOf(queue, event.sequence);
  const status = statusAt(place);
  const length = lengthAt(place);
  invariant(status !== DEAD, `message ${event.sequence} is dead-lettered once`);
  if (status === LEASED) endLease(state, queue, place);
  else if (status === WAITING) breakWait(state, queue, place);
  forgetExpiry(state, place);
  orderGone(queue, place, state.applying);
  place.chunk.status[place.row] = DEAD;
  queue.histories.delete(event.sequence);
  queue.unreadable.delete(event.sequence);
  const { atMs, cause, reason, history } = event;
  queue.dead.set(event.sequence, { atMs, cause, reason, history });
  if (queue.order !== null) state.wake([queue]);
  state.deadLetters += 1;
  state.deadLetterBytes += length;
  queue.usage.add(-1, -length);
}

/** What is told of messages with their acceptance. */
export function keepNotes(state: State, { firstSequence, atMs }: Accepted, { letters, copyOf }: AcceptedNotes): void {
  for (const { index, queue, reason, copyOwed } of letters ?? []) {
    const sequence = asSequence(firstSequence + index);
    const cause = 'schema_mismatch';
    deadLettered(state, { type: 'dead-lettered', queue, sequence, atMs, cause, reason, history: [], operator: null });
    if (copyOwed) oweCopies(state, queue, [sequence]);
  }
  if (copyOf !== undefined) settleCopies(state, copyOf.queue, [copyOf.sequence]);
}

/** Ready again, with fresh counts; its story goes on. */
export function redriven(state: State, { queue: id, sequences, atMs, operator }: Redriven): void {
  const queue = queueOf(state, id);
  const record = { attempt: 0, consumer: operator.actor, atMs, cause: 'redriven', reason: operator.reason } as const;
  for (const sequence of sequences) {
    const place = entryOf(queue, sequence);
    const letter = queue.dead.get(sequence);
    invariant(letter !== undefined, `message ${sequence} is a dead letter`);
    queue.dead.delete(sequence);
    state.deadLetters -= 1;
    state.deadLetterBytes -= lengthAt(place);
    queue.usage.add(1, lengthAt(place));
    queue.histories.set(sequence, [...letter.history.slice(1 - FAILED_COUNT_MAX), record]);
    place.chunk.setCounts(place.row, 0, 0);
    // Whoever replays it wants it given, whatever its time was.
    place.chunk.setExpiry(place.row, 0);
    orderRevived(queue, place);
  }
  state.wake([queue]);
}
