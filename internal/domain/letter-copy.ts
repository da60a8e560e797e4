// Copies of dead letters under `_dlq.<topic>`. A dead letter owes its copy from the event that stands before its death until the
// copy is accepted, or it is clear that nobody takes it: the message itself has to be read between, and a crash there must
// not lose the copy. A message that is owed a copy and is no dead letter has lived on: it will be owed one when it dies.

import type { QueueId, Sequence } from './ids.ts';
import type { State } from './state.ts';

export interface CopyOwed {
  readonly type: 'copy-owed';
  readonly queue: QueueId;
  readonly sequences: readonly Sequence[];
}

/** No route takes them, or they went before they were read. */
export interface CopyDropped {
  readonly type: 'copy-dropped';
  readonly queue: QueueId;
  readonly sequences: readonly Sequence[];
}

/** What an `accepted` tells of its messages beside their places. */
export interface AcceptedNotes {
  /** Those that became dead letters with their acceptance. */
  readonly letters?: readonly AcceptedLetter[];
  /** The only message of the run is the copy of this dead letter. */
  readonly copyOf?: LetterPlace;
}

interface LetterPlace {
  readonly queue: QueueId;
  readonly sequence: Sequence;
}

export interface AcceptedLetter {
  readonly index: number;
  readonly queue: QueueId;
  readonly reason: string;
  readonly copyOwed: boolean;
}

export function oweCopies(state: State, queue: QueueId, sequences: readonly Sequence[]): void {
  const owed = state.copiesOwed.get(queue) ?? new Set();
  for (const sequence of sequences) owed.add(sequence);
  state.copiesOwed.set(queue, owed);
}

export function settleCopies(state: State, queue: QueueId, sequences: readonly Sequence[]): void {
  const owed = state.copiesOwed.get(queue);
  for (const sequence of sequences) owed?.delete(sequence);
  if (owed?.size === 0) state.copiesOwed.delete(queue);
}

export function copiesOwed({ copiesOwed: byQueue }: State): number {
  let count = 0;
  for (const owed of byQueue.values()) count += owed.size;
  return count;
}
