// What times do to messages: those that are not due yet wait, and what has a time to go is watched. A message stays in its row
// all the while; the heaps only say when to look at it again.

import { DEAD, dueAt, expiresAt, failedAt, type Place, READY, sequenceAt, statusAt, WAITING } from './entry-table.ts';
import type { Accepted } from './event.ts';
import { makeReady } from './evolve-traits.ts';
import { asSequence, type Sequence } from './ids.ts';
import type { AcceptedTimes } from './message-times.ts';
import type { Queue } from './queue.ts';
import type { State } from './state.ts';
import type { TimeItem } from './time-heap.ts';

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
      if (dueMs > 0) beginWait(state, queue, place, dueMs);
    }
  }
}

/** The row itself knows its time, by which items are told apart that an earlier wait of it left behind. */
export function beginWait(state: State, queue: Queue, place: Place, untilMs: number): void {
  place.chunk.wait(place.row, untilMs);
  queue.beginWait(failedAt(place));
  state.retries.push({ atMs: untilMs, queue: queue.id, sequence: sequenceAt(place) });
}

/** It waits no more, though its time has not come: its item stays behind. */
export function breakWait(state: State, queue: Queue, place: Place): void {
  queue.endWait(failedAt(place));
  state.retries.stale += 1;
}

/** It goes for good, or to the dead letters: what watches its time stays behind. */
export function forgetExpiry(state: State, { chunk, row }: Place): void {
  if (chunk.expiring && chunk.expiresOf(row) > 0) state.expiries.stale += 1;
}

const waitsFor = (place: Place, { atMs }: TimeItem): boolean => statusAt(place) === WAITING && dueAt(place) === atMs;

/** The heaps do not grow with messages that are gone. Volatile, as they are. */
export function cleanHeaps(state: State): void {
  const { retries, expiries } = state;
  const placeOf = ({ queue, sequence }: TimeItem): Place | null =>
    state.queues.get(queue)?.entries.find(sequence) ?? null;
  if (retries.wantsCleaning) {
    retries.clean((item) => {
      const place = placeOf(item);
      return place !== null && waitsFor(place, item);
    });
  }
  if (expiries.wantsCleaning) {
    expiries.clean((item) => {
      const place = placeOf(item);
      return place !== null && statusAt(place) !== DEAD && expiresAt(place) > 0;
    });
  }
}

/** It may be ready, or wait for that, when its time is over. */
export function watchExpiry(state: State, queue: Queue, place: Place): void {
  const atMs = expiresAt(place);
  if (atMs > 0) state.expiries.push({ atMs, queue: queue.id, sequence: sequenceAt(place) });
}

/** Makes messages ready whose time has come. Volatile: the time is in the event that made them wait. */
export function promoteDue(state: State, nowMs: number, most: number): void {
  for (let taken = 0; taken < most; taken += 1) {
    const item = state.retries.takeDue(nowMs);
    if (item === null) return;
    const queue = state.queues.get(item.queue);
    const place = queue?.entries.find(item.sequence) ?? null;
    if (queue === undefined || place === null) continue;
    if (!waitsFor(place, item)) continue;
    makeReady(queue, place);
    queue.endWait(failedAt(place));
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
