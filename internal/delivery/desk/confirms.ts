// The answers to publishes: each message gets what it is owed, a place in a run, a reply of its own, or an error if it is
// refused.

import type { ConfirmDurability, ConfirmException } from '../../../pkg/protocol/abtp2/confirm.ts';
import type { Published } from '../../domain/effect.ts';
import type { Owed } from './answer-line.ts';
import { sendError, sendWord } from './replies.ts';
import type { WirePeer } from './wire-peer.ts';

/** What became of one message that was not simply accepted. */
type Outcome =
  | { readonly type: 'duplicate' }
  | { readonly type: 'refused'; readonly refusal: Published['refusals'][number] };

/** `reached`: how durable the journal's durable is. */
export function sendPublished(peer: WirePeer, effect: Published, position: number, reached: ConfirmDurability): void {
  const durability = effect.durability === 'none' ? 'none' : reached;
  const at = durability === 'none' ? 0 : position;
  const outcomes = outcomesOf(effect);
  for (let index = 0; index < effect.count; ) {
    const owed = peer.answers.take(effect.count - index);
    if (owed === null) return;
    if (owed.mode === 'run') confirmRun(peer, owed, index, outcomes, at, durability);
    else for (let i = 0; i < owed.count; i += 1) answerOne(peer, owed, i, outcomes.get(index + i), at, durability);
    index += owed.count;
  }
}

const NO_OUTCOMES: ReadonlyMap<number, Outcome> = new Map();

/** By place in the effect, ascending. */
function outcomesOf({ refusals, duplicates }: Published): ReadonlyMap<number, Outcome> {
  if (refusals.length === 0 && duplicates.length === 0) return NO_OUTCOMES;
  const all: [number, Outcome][] = refusals.map((refusal) => [refusal.index, { type: 'refused', refusal }]);
  for (const index of duplicates) all.push([index, { type: 'duplicate' }]);
  return new Map(all.sort(([a], [b]) => a - b));
}

function confirmRun(
  peer: WirePeer,
  owed: Owed,
  from: number,
  outcomes: ReadonlyMap<number, Outcome>,
  position: number,
  durability: ConfirmDurability,
): void {
  // Numbers of a former hello mean nothing to who has said another one.
  if (owed.first === null || owed.era !== peer.era) return;
  const exceptions: ConfirmException[] = [];
  for (const [index, outcome] of outcomes) {
    if (index < from || index >= from + owed.count) continue;
    const sequence = owed.first + index - from;
    if (outcome.type === 'duplicate') exceptions.push({ sequence, duplicate: true });
    else {
      const { code, detail, retryAfterMs } = outcome.refusal;
      exceptions.push({ sequence, duplicate: false, code, detail, retryAfterMs: retryAfterMs ?? 0 });
    }
  }
  const isAllRefused = exceptions.length === owed.count && exceptions.every(({ duplicate }) => !duplicate);
  peer.outbox.confirm(owed.first + owed.count - 1, position, isAllRefused ? null : durability, exceptions);
}

function answerOne(
  peer: WirePeer,
  { mode, first, messageId, era }: Owed,
  offset: number,
  outcome: Outcome | undefined,
  position: number,
  durability: ConfirmDurability,
): void {
  if (outcome?.type === 'refused') {
    const { code, detail, retryAfterMs } = outcome.refusal;
    sendError(peer, code, {
      detail,
      messageId,
      ...(first === null || era !== peer.era ? {} : { sequence: first + offset }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    // A request that was accepted before has no inbox: one answer is owed all the same.
  } else if (mode === 'own' || (mode === 'reply' && outcome?.type === 'duplicate')) {
    sendWord(peer, {
      type: 'publish.confirmed',
      throughSequence: null,
      messageId,
      position,
      durability,
      duplicate: outcome?.type === 'duplicate',
      exceptions: [],
    });
  }
}
