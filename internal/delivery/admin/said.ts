// Who asks and why, as an operator says it: the one place where these words are read, since they are kept for ever.
//
// An actor is a name in a line of a list, so it has no control characters at all. A reason may be several lines with
// columns: a new line and a tab stay, other control characters do not, as they would move about on the terminal of whoever
// reads it. What has them is refused, not mended: the log holds what was said, and nobody said what a broker makes of it.

import type { Operator } from '../../domain/event.ts';
import { type Args, ArgumentFault } from './args.ts';

export const ACTOR = ['actor', 'reason', 'request_id'] as const;
const REASON_CHARACTERS_MAX = 1_024;
const ACTOR_CHARACTERS_MAX = 255;
const REQUEST_ID_CHARACTERS_MAX = 128;

const CONTROL = /\p{Cc}/u;
const CONTROL_IN_LINES = /[^\P{Cc}\t\n]/u;

/** Throws an ArgumentFault. */
export function operatorOf(args: Args): Operator {
  return {
    actor: nameIn(args, 'actor', 'unknown').slice(0, ACTOR_CHARACTERS_MAX),
    reason: reasonIn(args, 'reason', ''),
    ...(args.has('request_id') ? { requestId: nameIn(args, 'request_id').slice(0, REQUEST_ID_CHARACTERS_MAX) } : {}),
  };
}

/** A reason under any name. */
export function reasonIn(args: Args, name: string, fallback: string): string {
  const text = args.text(name, fallback);
  if (CONTROL_IN_LINES.test(text)) {
    throw new ArgumentFault(`"${name}" must have no control characters but new lines and tabs`);
  }
  return text.slice(0, REASON_CHARACTERS_MAX);
}

function nameIn(args: Args, name: string, fallback?: string): string {
  const text = args.text(name, fallback);
  if (CONTROL.test(text)) throw new ArgumentFault(`"${name}" must have no control characters`);
  return text;
}

/** Of a request that is refused, whatever it was made of: the refusal is on record too, and shows where something stood. */
export function operatorOfRefused({
  actor,
  reason,
  request_id: requestId,
}: Readonly<Record<string, unknown>>): Operator {
  return {
    actor: typeof actor === 'string' ? shown(actor, CONTROL, ACTOR_CHARACTERS_MAX) : 'unknown',
    reason: typeof reason === 'string' ? shown(reason, CONTROL_IN_LINES, REASON_CHARACTERS_MAX) : '',
    ...(typeof requestId === 'string' ? { requestId: shown(requestId, CONTROL, REQUEST_ID_CHARACTERS_MAX) } : {}),
  };
}

const shown = (text: string, unfit: RegExp, charactersMax: number): string =>
  text.slice(0, charactersMax).replaceAll(new RegExp(unfit, 'gu'), '\ufffd');
