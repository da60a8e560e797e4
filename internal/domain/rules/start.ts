// The first decision after recovery: a new epoch, fresh delivery ids, and what cannot have survived goes back.

import { type Decision, type Draft, draft, type Moment } from '../decision.ts';
import { asDeliveryId } from '../ids.ts';
import { DELIVERY_ID_BLOCK } from '../limits.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';
import { closing, DeadLetterRoom } from './failure.ts';

export function start(state: State, moment: Moment): Decision {
  const drafts: Draft[] = [draft({ type: 'started', epoch: state.epoch + 1 })];
  // Ids of the block in use may be with consumers: this run begins behind it.
  const through = asDeliveryId(state.reservedThrough + DELIVERY_ID_BLOCK);
  drafts.push(draft({ type: 'delivery-ids-reserved', through }));
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
