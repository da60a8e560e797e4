// What a rule answers: the events that it wants recorded, and what then leaves. It has changed nothing yet.

import type { ErrorCode } from '../../pkg/protocol/errors.ts';
import type { Publish } from './command.ts';
import type { Effect, Refusal } from './effect.ts';
import type { Event } from './event.ts';
import type { DeliveryId, PeerId } from './ids.ts';
import type { OperatorRequest } from './operator-command.ts';

export interface Draft {
  readonly event: Event;
  /** Pieces whose concatenation is the event's blocks. */
  readonly blocks: readonly Uint8Array[];
}

export interface HeldPublish {
  readonly command: Publish;
  readonly refusal: Refusal;
}

export interface Decision {
  readonly drafts: readonly Draft[];
  readonly effects: readonly Effect[];
  /** Moves in the volatile half that go with it; run after the events have been applied. */
  readonly then?: () => void;
  /** What of a publish was not decided: it comes again when there may be room, and not before a time. */
  readonly rest?: HeldPublish;
  /** Somebody waits for these events to be durable. */
  readonly urgent: boolean;
}

/** Now, and chance: what a rule may not take from anywhere else. */
export interface Moment {
  readonly nowMs: number;
  /** At least 0, below 1. */
  readonly chance: () => number;
}

const NO_BLOCKS: readonly Uint8Array[] = [];

export const draft = (event: Event, blocks: readonly Uint8Array[] = NO_BLOCKS): Draft => ({ event, blocks });

export const NOTHING: Decision = { drafts: [], effects: [], urgent: false };

export const refuse = (
  peer: PeerId,
  word: string,
  code: ErrorCode,
  detail: string,
  delivery: DeliveryId | null = null,
  retryAfterMs?: number,
): Effect => ({
  type: 'refused',
  gated: false,
  peer,
  word,
  refusal: retryAfterMs === undefined ? { code, detail } : { code, detail, retryAfterMs },
  delivery,
});

export const refusedOnly = (...effects: readonly Effect[]): Decision => ({ drafts: [], effects, urgent: false });

export function refuseOperator(request: OperatorRequest, refusal: Refusal): Decision {
  return refusedOnly({
    type: 'operator-reply',
    gated: false,
    peer: request.peer,
    id: request.id,
    outcome: { ok: false, refusal },
  });
}

export const answerOperator = (request: OperatorRequest, result: unknown): Effect => ({
  type: 'operator-reply',
  gated: true,
  peer: request.peer,
  id: request.id,
  outcome: { ok: true, result },
});
