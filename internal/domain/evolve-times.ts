// What times do to messages: those that are not due yet wait, and what has a time to go is watched. A message stays in its row
// all the while; the heaps only say when to look at it again.

import { expiresAt, failedAt, type Place, READY, sequenceAt, statusAt, WAITING } from './entry-table.ts';
import type { Accepted } from './event.ts';
import type { Sequence } from './ids.ts';
import { asSequence } from './ids.ts';
import type { AcceptedTimes } from './message-times.ts';
import type { Queue } from './queue.ts';
import type { State } from './state.ts';

/** The messages are in their queues, ready: those with times wait for them. */
export function keepTimes(
  state: State,
  { firstSequence, setOf }: Accepted,
  times: readonly AcceptedTimes[],
  sets: readonly (readonly Queue[])[],
): void {
  for (const { index, dueMs, expiresMs } of times) {
    const sequence = asSequence(firstSequence + index);
    for (const queue of sets[setOf[index] as number] as readonly Queue[]) {
      const place = queue.entries.find(sequence) as Place;
      if (expiresMs > 0) {
        place.chunk.setExpiry(place.row, expiresMs);
        watchExpiry(state, queue, place);
      }
      if (dueMs > 0) {
        place.chunk.status[place.row] = WAITING;
        queue.beginWait(0);
        state.retries.push({ atMs: dueMs, queue: queue.id, sequence, failed: 0 });
      }
    }
  }
}

/** It may be ready, or wait for that, when its time is over. */
export function watchExpiry(state: State, queue: Queue, place: Place): void {
  const atMs = expiresAt(place);
  if (atMs > 0) state.expiries.push({ atMs, queue: queue.id, sequence: sequenceAt(place), failed: failedAt(place) });
}

/** Makes messages ready whose time has come. Volatile: the time is in the event that made them wait. */
export function promoteDue(state: State, nowMs: number, most: number): void {
  for (let taken = 0; taken < most; taken += 1) {
    const item = state.retries.takeDue(nowMs);
    if (item === null) return;
    const queue = state.queues.get(item.queue);
    const place = queue?.entries.find(item.sequence) ?? null;
    if (queue === undefined || place === null) continue;
    if (statusAt(place) !== WAITING || failedAt(place) !== item.failed) continue;
    place.chunk.status[place.row] = READY;
    queue.endWait(item.failed);
    if (queue.entries.passed(item.sequence)) queue.again.push(item.sequence);
    state.wake([queue]);
  }
}

/** Notes whose time is over, for the next tick to take out. Volatile: the time is in the event that brought them. */
export function noteOverdue(state: State, nowMs: number, most: number): void {
  for (let taken = 0; taken < most; taken += 1) {
    const item = state.expiries.takeDue(nowMs);
    if (item === null) return;
    const queue = state.queues.get(item.queue);
    if (queue !== undefined && isOver(queue, item.sequence, nowMs))
      state.overdue.push({ queue, sequence: item.sequence });
  }
}

/** Whether it is to be taken out now: not while a consumer has it, who may still settle it. */
export function isOver(queue: Queue, sequence: Sequence, nowMs: number): boolean {
  const place = queue.entries.find(sequence);
  if (place === null || !hasExpired(place, nowMs)) return false;
  return statusAt(place) === READY || statusAt(place) === WAITING;
}

export const hasExpired = (place: Place, nowMs: number): boolean => {
  const atMs = expiresAt(place);
  return atMs > 0 && atMs <= nowMs;
};
