// What the biography of a message tells of its acceptance, and of who asked for what happened to it.

import type { QueueId } from '../../domain/ids.ts';
import type { BroughtMessage } from './blocks.ts';
import { timeOf } from './earlier-steps.ts';

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
