// Which deaths owe a copy under `_dlq.<topic>`, and the copies, once the messages have been read.

import { topicOf } from '../../../pkg/protocol/block.ts';
import type { CopyLetters, PublishMessage } from '../command.ts';
import { type Decision, type Draft, draft, type Moment } from '../decision.ts';
import type { Effect } from '../effect.ts';
import type { DeadLettered, FailureCause } from '../event.ts';
import { asSequence, NO_PRODUCER, type QueueId, type Sequence } from '../ids.ts';
import { letterTopicOf, toldAs, toldReason } from '../own-messages.ts';
import type { DeadLetter } from '../queue.ts';
import type { State } from '../state.ts';
import { Admission } from './admission.ts';
import { matchFor } from './publish-headers.ts';

/** What operators made by hand or brought in, nobody has to be told. */
const UNTOLD: ReadonlySet<FailureCause> = new Set(['manual', 'imported', 'redriven']);

/** The decision, with what its deaths owe before everything else: a crash between leaves a message that lives. */
export function owing(state: State, decision: Decision): Decision {
  let owed: Map<QueueId, Sequence[]> | null = null;
  for (const { event } of decision.drafts) {
    if (event.type !== 'dead-lettered' || !owesCopy(state, event)) continue;
    owed ??= new Map();
    const sequences = owed.get(event.queue);
    if (sequences === undefined) owed.set(event.queue, [event.sequence]);
    else sequences.push(event.sequence);
  }
  if (owed === null) return decision;
  const before = [...owed].map(([queue, sequences]) => draft({ type: 'copy-owed', queue, sequences }));
  return { ...decision, drafts: [...before, ...decision.drafts] };
}

function owesCopy(state: State, { queue, cause }: DeadLettered): boolean {
  if (UNTOLD.has(cause)) return false;
  const tenant = state.queues.get(queue)?.tenant;
  return tenant !== undefined && state.routeIndex.takesDeadLetters(tenant);
}

/** Those that have no room now stay owed. */
export function copyLetters(state: State, { copies }: CopyLetters, moment: Moment): Decision {
  const admission = new Admission(state);
  const drafts: Draft[] = [];
  const effects: Effect[] = [];
  let sequence: number = state.nextSequence;
  for (const { queue, sequence: of, block } of copies) {
    if (state.copiesOwed.get(queue)?.has(of) !== true) continue;
    const drop = (): void => void drafts.push(draft({ type: 'copy-dropped', queue, sequences: [of] }));
    const letter = state.queues.get(queue)?.dead.get(of);
    const copy = letter === undefined || block === null ? null : copyOf(state, queue, of, letter, block);
    if (copy === null) {
      drop();
      continue;
    }
    const { match, bytes, topic } = copy;
    if (match.queues.length > 0) {
      if (admission.isShort(bytes.length) || admission.takeOwn(match, bytes.length) !== null) continue;
      drafts.push(
        draft(
          {
            type: 'accepted',
            producer: NO_PRODUCER,
            firstProducerSequence: 0,
            firstSequence: asSequence(sequence),
            atMs: moment.nowMs,
            sets: [match.queues],
            setOf: [0],
            lengths: [bytes.length],
            notes: { copyOf: { queue, sequence: of } },
          },
          [bytes],
        ),
      );
      sequence += 1;
    } else drop();
    if (match.fanout) effects.push({ type: 'publication', gated: true, peer: null, topic, blocks: bytes, count: 1 });
  }
  return { drafts, effects, urgent: false };
}

/** The copy and where it goes; null: nowhere. */
function copyOf(state: State, id: QueueId, sequence: Sequence, letter: DeadLetter, block: Uint8Array) {
  const queue = state.queues.get(id);
  const topic = letterTopicOf(topicOf(block, 0));
  if (queue === undefined || topic === null) return null;
  const bytes = toldAs(block, topic, {
    tachyon_original_topic: topicOf(block, 0),
    tachyon_queue: queue.name,
    tachyon_sequence: sequence,
    tachyon_cause: letter.cause,
    tachyon_reason: toldReason(letter.reason),
    tachyon_attempts: letter.history.length,
  });
  if (bytes === null) return null;
  const match = matchFor(state.routeIndex.match(queue.tenant, topic), bytes, OWN);
  return match.queues.length > 0 || match.fanout ? { match, bytes, topic } : null;
}

const OWN: PublishMessage = { topic: '', start: 0, end: 0, tail: null, mode: 'both', fault: null };
