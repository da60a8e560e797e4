// How often a message was handed over, and how many of these failed: counted in one place, so that all who tell of a
// message agree. What counts is what came after its last replay.

import type { AttemptRecord, FailureCause } from './event.ts';

export interface Counted {
  /** Failures and returns that it was counted with while it lived. */
  readonly attempts: number;
  readonly returned: number;
  /** A hand-over beside these is out, or was the one that settled it. */
  readonly isOut: boolean;
  /** Null for one that is no dead letter. */
  readonly letter: { readonly cause: FailureCause; readonly history: readonly AttemptRecord[] } | null;
}

export interface HandOvers {
  readonly deliveries: number;
  readonly failed: number;
}

export function handOvers({ attempts, returned, isOut, letter }: Counted): HandOvers {
  if (letter === null) return { deliveries: attempts + returned + (isOut ? 1 : 0), failed: attempts };
  const history = sinceReplay(letter.history);
  // What killed it is in its history, and not in the count that it took along; nor is the return that was one too many.
  const failed = Math.max(attempts, history.length, history.at(-1)?.attempt ?? 0);
  return { deliveries: failed + returned + (letter.cause === 'returns_exhausted' ? 1 : 0), failed };
}

export const lastReplayOf = (story: readonly AttemptRecord[]): number =>
  story.findLastIndex(({ cause }) => cause === 'redriven');

/** What counts is what came after the last replay; the story is told whole. */
const sinceReplay = (story: readonly AttemptRecord[]): readonly AttemptRecord[] => story.slice(lastReplayOf(story) + 1);
