// Bodies on routes with a schema: those that do not fit are refused, or are dead letters from the first in the queues whose
// routes ask for that. Only here does a publish look into a body.

import type { PublishMessage } from '../command.ts';
import type { Refusal } from '../effect.ts';
import type { QueueId } from '../ids.ts';
import type { AcceptedLetter } from '../letter-copy.ts';
import type { RouteMatch } from '../route-index.ts';
import type { State } from '../state.ts';
import type { DeadLetterRoom } from './failure.ts';

export interface Judged {
  readonly refusal: Refusal | null;
  /** Without their place in a run. */
  readonly letters: readonly Omit<AcceptedLetter, 'index'>[];
}

/** `room`: for the dead letters of the whole command; where there is none, what would be one is refused. */
export function judged(
  state: State,
  tenant: string,
  match: RouteMatch,
  source: Uint8Array,
  message: PublishMessage,
  room: DeadLetterRoom,
): Judged {
  const verdicts = new Map<string, Refusal | null>();
  const letters = new Map<QueueId, Omit<AcceptedLetter, 'index'>>();
  const copyOwed = state.routeIndex.takesDeadLetters(tenant);
  for (const { schema, queue } of match.judges) {
    if (schema === undefined) continue;
    const registered = state.schemas.get(schema.name);
    let verdict = verdicts.get(schema.name);
    if (verdict === undefined) {
      verdict = registered === undefined ? null : state.judgeBody(registered, source, message);
      verdicts.set(schema.name, verdict);
    }
    if (verdict === null) continue;
    // What was too long to be judged may fit: it is nobody's dead letter.
    if (schema.invalid === 'refuse' || verdict.code !== 'SCHEMA_MISMATCH') return { refusal: verdict, letters: [] };
    if (letters.has(queue)) continue;
    if (!room.take()) return { refusal: verdict, letters: [] };
    letters.set(queue, { queue, reason: verdict.detail, copyOwed });
  }
  return { refusal: null, letters: [...letters.values()] };
}
