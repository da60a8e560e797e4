// What the biography of a message tells of its acceptance, and of who asked for what happened to it.

import type { QueueId } from '../../domain/ids.ts';
import type { BroughtMessage } from './blocks.ts';
import { timeOf } from './earlier-steps.ts';
import type { Followed, TrackedCopy } from './followed-messages.ts';

interface AcceptedFacts {
  /** When it may be given at the earliest. */
  readonly due_at?: string;
  /** The dead letter that it is a copy of. */
  readonly of_queue?: string;
  readonly of_sequence?: number;
}

export const acceptedFacts = (
  { dueMs, copyOf }: BroughtMessage,
  nameOf: (queue: QueueId) => string,
): AcceptedFacts => ({
  ...(dueMs === 0 ? {} : { due_at: timeOf(dueMs) }),
  ...(copyOf === undefined ? {} : { of_queue: nameOf(copyOf.queue), of_sequence: copyOf.sequence }),
});

export const operatorOf = (operator: { readonly actor: string; readonly reason: string } | null): object =>
  operator === null ? {} : { actor: operator.actor, reason: operator.reason };

/** Its copies that are dead letters from the first, now told as that, and what is to be said of it. */
export const diedAtOnce = (
  { letters = [] }: BroughtMessage,
  { copies }: Followed,
  atMs: number,
): readonly (readonly [TrackedCopy, object])[] =>
  letters.flatMap(({ queue, reason }) => {
    const copy = copies.get(queue);
    if (copy === undefined) return [];
    const cause = 'schema_mismatch';
    copy.letter = { atMs, cause, reason, history: [] };
    return [[copy, { cause, reason, attempts: 0 }] as const];
  });
