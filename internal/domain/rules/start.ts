// The first decision after recovery: a new epoch, fresh delivery ids, and what cannot have survived goes back. An import
// that a crash has cut is taken back whole, before anybody could see a part of it.

import { type Decision, type Draft, draft, type Moment } from '../decision.ts';
import { sequenceAt } from '../entry-table.ts';
import { asDeliveryId } from '../ids.ts';
import { cutImports, takenBackMark } from '../import-marks.ts';
import { DELIVERY_ID_BLOCK } from '../limits.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';
import { closing, DeadLetterRoom } from './failure.ts';

/** An event must fit a group. */
const TAKEN_BACK_BATCH = 16_384;

export function start(state: State, moment: Moment): Decision {
  const drafts: Draft[] = [draft({ type: 'started', epoch: state.epoch + 1 })];
  // Ids of the block in use may be with consumers: this run begins behind it.
  const through = asDeliveryId(state.reservedThrough + DELIVERY_ID_BLOCK);
  drafts.push(draft({ type: 'delivery-ids-reserved', through }));
  drafts.push(...importsTakenBack(state));
  const waiting: Session[] = [];
  const counts: (() => void)[] = [];
  const room = new DeadLetterRoom(state);
  for (const session of state.sessions.values()) {
    if (session.resumable) {
      waiting.push(session);
      continue;
    }
    const closed = closing(state, session, moment, room);
    drafts.push(...closed.drafts);
    counts.push(closed.count);
  }
  for (const queue of state.queues.values()) {
    if (queue.origin !== 'registration' || queue.idleSinceMs !== 0) continue;
    drafts.push(draft({ type: 'queue-idle', queue: queue.id, atMs: moment.nowMs }));
  }
  return {
    drafts,
    effects: [],
    urgent: true,
    then: () => {
      for (const count of counts) count();
      for (const session of waiting) {
        session.graceUntilMs = moment.nowMs + state.limits.sessionGraceMs;
        state.waitingSessions.add(session);
      }
    },
  };
}

/** Nothing was accepted since the import, as the process ended in it: what is not older is of it. */
function importsTakenBack(state: State): Draft[] {
  const drafts: Draft[] = [];
  for (const { mark, first } of cutImports(state.imports)) {
    for (const queue of state.queues.values()) {
      const sequences = [...queue.entries.places(first)].map(sequenceAt);
      for (let at = 0; at < sequences.length; at += TAKEN_BACK_BATCH) {
        const batch = sequences.slice(at, at + TAKEN_BACK_BATCH);
        drafts.push(draft({ type: 'settled', queue: queue.id, sequences: batch }));
      }
    }
    drafts.push(draft({ type: 'imported', kind: 'dlq', digest: takenBackMark(mark), operator: null }));
  }
  return drafts;
}
