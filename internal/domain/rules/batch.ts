// An atomic batch: a publish that is accepted whole or not at all. What is accepted is one event, so that no crash and no
// cut between groups can tear it; what is refused is the whole of it, each message with its own fault or with the name of
// the first one's.

import { BATCH_MESSAGE_BYTES, BATCH_MESSAGES_MAX } from '../../../pkg/protocol/limits.ts';
import type { Publish, PublishMessage } from '../command.ts';
import { type Decision, type HeldPublish, NOTHING } from '../decision.ts';
import type { Refusal } from '../effect.ts';
import type { State } from '../state.ts';
import { lengthOf } from './accepted-runs.ts';

/** `decideOn` decides on a publish as if its messages had nothing to do with each other. */
export function publishBatch(
  state: State,
  batch: Publish,
  nowMs: number,
  decideOn: (publish: Publish) => Decision,
): Decision {
  const refuseAll = (faultOf: (index: number) => Refusal): Decision =>
    decideOn({ ...batch, messages: batch.messages.map((message, i) => ({ ...message, fault: faultOf(i) })) });
  const size = sizeFault(state, batch.messages);
  if (size !== null) return refuseAll(() => size);
  const decision = decideOn(batch);
  const { refusals, duplicates } = answersOf(batch, decision);
  const [first] = refusals;
  if (first !== undefined) {
    const [index, { code, retryAfterMs }] = first;
    const other = {
      code: 'BATCH_REFUSED' as const,
      detail: `message ${index} of the batch: ${code}`,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    return refuseAll((i) => refusals.get(i) ?? other);
  }
  if (decision.rest !== undefined) return later(state, { command: batch, refusal: decision.rest.refusal }, nowMs);
  if (duplicates.length === batch.messages.length) return decision;
  if (duplicates.length > 0) {
    const detail = `message ${duplicates[0]} of the batch was accepted before, and not all of them were`;
    return refuseAll(() => ({ code: 'BATCH_REFUSED', detail }));
  }
  if (decision.drafts.filter(({ event }) => event.type === 'accepted').length === 1) return decision;
  return refuseAll(() => ({ code: 'BATCH_TOO_LARGE', detail: 'it names more queues than one event may' }));
}

/** One of its messages would wait for room: all of it waits, and nothing of it is decided. */
const later = (state: State, rest: HeldPublish, nowMs: number): Decision => ({
  ...NOTHING,
  rest,
  then: () => {
    state.pressedAtMs = nowMs;
  },
});

function sizeFault(state: State, messages: readonly PublishMessage[]): Refusal | null {
  if (messages.length > BATCH_MESSAGES_MAX) {
    return { code: 'BATCH_TOO_LARGE', detail: `${messages.length} messages, at most ${BATCH_MESSAGES_MAX}` };
  }
  const bytes = messages.reduce((sum, message) => sum + lengthOf(message) + BATCH_MESSAGE_BYTES, 0);
  const { batchBytesMax } = state.limits;
  // One message alone has its own bound.
  if (messages.length === 1 || bytes <= batchBytesMax) return null;
  const detail = `${bytes} bytes with ${BATCH_MESSAGE_BYTES} for each message, at most ${batchBytesMax}`;
  return { code: 'BATCH_TOO_LARGE', detail };
}

/** By place in the batch, ascending. */
function answersOf(batch: Publish, { effects }: Decision) {
  const refusals = new Map<number, Refusal>();
  const duplicates: number[] = [];
  for (const answer of effects) {
    if (answer.type !== 'published') continue;
    const from = answer.first - batch.firstSequence;
    for (const { index, ...refusal } of answer.refusals) refusals.set(from + index, refusal);
    for (const index of answer.duplicates) duplicates.push(from + index);
  }
  return { refusals, duplicates };
}
