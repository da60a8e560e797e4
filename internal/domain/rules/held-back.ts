// Publishes of producers that would rather wait than be refused: what may be held back, and what is left to come again.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import type { Publish } from '../command.ts';
import type { HeldPublish } from '../decision.ts';
import type { Refusal } from '../effect.ts';
import type { Counters } from '../state.ts';

/** Of these, room comes back with what consumers settle, or with time. A full disk may stay full. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['QUOTA_EXCEEDED', 'BUSY', 'THROTTLED', 'OVERLOADED']);

export const comesBack = ({ code, retryAfterMs }: Refusal): boolean => retryAfterMs !== undefined && PASSING.has(code);

export function restOf(
  command: Publish,
  { from, refusal }: { readonly from: number; readonly refusal: Refusal },
): HeldPublish {
  const rest =
    from === 0
      ? command
      : { ...command, firstSequence: command.firstSequence + from, messages: command.messages.slice(from) };
  return { command: rest, refusal };
}

/** Who was refused because of what. */
export function countPressed(counters: Counters, pressed: ReadonlyMap<ErrorCode, number>): void {
  for (const [code, messages] of pressed) {
    if (code === 'QUOTA_EXCEEDED' || code === 'BUSY') counters.quotaRefused += messages;
    else if (code === 'THROTTLED') counters.throttled += messages;
    else if (code === 'OVERLOADED') counters.shed += messages;
  }
}
