// What happened to a message before the oldest segment of the journal, as far as its history in its queues tells it.

import type { AttemptRecord } from '../../domain/event.ts';
import type { DeadLetter } from '../../domain/queue.ts';
import type { Step } from './biography.ts';

export interface EarlierAttempt {
  readonly attempt: number;
  readonly consumer_id: string;
  readonly at: string;
  readonly cause: string;
  readonly reason: string;
}

export interface ShownLetter {
  readonly at: string;
  readonly cause: string;
  readonly reason: string;
}

export interface EarlierCopy {
  readonly queue: string;
  readonly tenant_id: string;
  readonly history: readonly EarlierAttempt[];
  readonly dead_letter: ShownLetter | null;
}

/** `beginsAt`: the journal tells of what happened from then on. */
export function earlierSteps(acceptedAt: string | null, copies: readonly EarlierCopy[], beginsAt: string): Step[] {
  const steps = copies.flatMap((copy) => stepsOf(copy, acceptedAt ?? '')).filter(({ at }) => at < beginsAt);
  // The sort is stable: what happened in one millisecond stays in its order.
  steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  if (acceptedAt === null) return steps;
  const queues = copies.map(({ queue }) => queue);
  return [{ at: acceptedAt, position: null, event: 'accepted', queue: null, tenant_id: null, queues }, ...steps];
}

/** A letter that was replayed from another queue takes its history along: what is older than itself was not here. */
function stepsOf({ queue, tenant_id, history, dead_letter: letter }: EarlierCopy, acceptedAt: string): Step[] {
  const here = history.filter(({ at }) => at >= acceptedAt);
  const place = { position: null, queue, tenant_id };
  let isDeathTold = letter === null;
  const steps = here.map(({ at, cause, consumer_id, attempt, reason }, index): Step => {
    if (cause === 'redriven') return { at, ...place, event: 'replayed', actor: consumer_id, reason };
    const facts = { consumer_id, attempt, cause, reason };
    const next = here[index + 1];
    // Only a dead letter is replayed, and what a terminal nack said last is what it died of.
    if (next?.cause === 'redriven' && cause === 'nack_terminal') {
      return { at, ...place, event: 'dead_lettered', ...facts };
    }
    if (next === undefined && letter?.at === at) {
      isDeathTold = true;
      return { at, ...place, event: 'dead_lettered', ...facts, cause: letter.cause };
    }
    return { at, ...place, event: 'failed', ...facts };
  });
  if (letter === null || isDeathTold) return steps;
  const { at, cause, reason } = letter;
  return [...steps, { at, ...place, event: 'dead_lettered', cause, reason }];
}

export const shownAttempt = ({ attempt, consumer, atMs, cause, reason }: AttemptRecord): EarlierAttempt => ({
  attempt,
  consumer_id: consumer,
  at: timeOf(atMs),
  cause,
  reason,
});

export const shownLetter = ({ atMs, cause, reason }: DeadLetter): ShownLetter => ({ at: timeOf(atMs), cause, reason });

export const timeOf = (ms: number): string => new Date(ms).toISOString();
