// What time does: leases expire, graces and fetches end, idle queues and producers go. One turn works off a bounded
// number of each; the loop asks again while something is due.

import type { Stalled } from '../command.ts';
import { type Decision, type Draft, draft, type Moment } from '../decision.ts';
import type { Effect } from '../effect.ts';
import { isOver } from '../evolve-times.ts';
import type { Sequence } from '../ids.ts';
import type { Lease } from '../lease-table.ts';
import { EXPIRY_BATCH_MAX } from '../limits.ts';
import type { Queue } from '../queue.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';
import { fireCrons } from './cron-fires.ts';
import { fetchEnded } from './deliver.ts';
import { ExpiryRoom, expire } from './expiry.ts';
import { closing, DeadLetterRoom, failure, leasesEnded } from './failure.ts';
import { timedOut } from './inbox.ts';
import { retention } from './retention.ts';
import { nextThrottledMs } from './throttle.ts';

const SWEEP_MS = 10_000;
/** While there is more to do than one turn does. */
const SWEEP_AGAIN_MS = 100;

export function tick(state: State, moment: Moment): Decision {
  const { nowMs } = moment;
  const drafts: Draft[] = [];
  const effects: Effect[] = [];
  const afterwards: (() => void)[] = [];
  const room = new DeadLetterRoom(state);
  const expired = state.leases.expired(nowMs, EXPIRY_BATCH_MAX);
  expireLeases(state, expired, moment, room, drafts, effects, afterwards);
  const ended = new Set(expired.map(({ delivery }) => delivery));
  for (const session of state.waitingSessions) {
    if (session.graceUntilMs <= nowMs) {
      const closed = closing(state, session, moment, room, ended);
      drafts.push(...closed.drafts);
      afterwards.push(closed.count);
    } else if (session.creditUntilMs < nowMs) endFetch(state, session, effects, afterwards);
  }
  expireOverdue(state, moment, room, drafts, afterwards);
  if (state.crons.due.length > 0) {
    const fires = fireCrons(state, moment);
    drafts.push(...fires.drafts);
    afterwards.push(fires.count);
  }
  if (state.inboxes.nextMs <= nowMs) {
    const requests = timedOut(state, nowMs);
    effects.push(...requests.effects);
    afterwards.push(requests.then);
  }
  if (nowMs >= state.nextSweepMs) sweep(state, moment, drafts, afterwards);
  return {
    drafts,
    effects,
    urgent: false,
    then: () => {
      for (const call of afterwards) call();
    },
  };
}

function expireLeases(
  state: State,
  expired: readonly Lease[],
  moment: Moment,
  room: DeadLetterRoom,
  drafts: Draft[],
  effects: Effect[],
  afterwards: (() => void)[],
): void {
  if (expired.length === 0) return;
  let dead = 0;
  for (const lease of expired) {
    const made = failure(lease, 'delivery_timeout', 'delivery_timeout', null, moment, room);
    drafts.push(made);
    if (made.event.type === 'dead-lettered') dead += 1;
  }
  effects.push(...leasesEnded(expired, null));
  const sessions = new Set(expired.map((lease) => lease.session));
  afterwards.push(() => {
    state.counters.timedOut += expired.length;
    state.counters.retried += expired.length - dead;
    state.counters.deadLettered += dead;
    for (const session of sessions) state.wake(session.queues);
  });
}

/** What a tick has taken out before is not there any more, and what a consumer was given meanwhile is not over yet. */
function expireOverdue(
  state: State,
  moment: Moment,
  room: DeadLetterRoom,
  drafts: Draft[],
  afterwards: (() => void)[],
): void {
  const overdue = state.overdue.slice(0, EXPIRY_BATCH_MAX);
  if (overdue.length === 0) return;
  const disk = new ExpiryRoom(state);
  const byQueue = new Map<Queue, Set<Sequence>>();
  for (const { queue, sequence } of overdue) {
    if (!state.queues.has(queue.id) || !isOver(queue, sequence, moment.nowMs)) continue;
    byQueue.set(queue, (byQueue.get(queue) ?? new Set()).add(sequence));
  }
  for (const [queue, sequences] of byQueue) {
    const expiry = expire(state, queue, [...sequences], moment, room, disk);
    drafts.push(...expiry.drafts);
    afterwards.push(expiry.count);
  }
  afterwards.push(() => state.overdue.splice(0, overdue.length));
}

function endFetch(state: State, session: Session, effects: Effect[], afterwards: (() => void)[]): void {
  effects.push(...fetchEnded(session));
  afterwards.push(() => {
    session.credit = 0;
    session.endFetch();
    state.waitingSessions.delete(session);
  });
}

/** Idle queues, idle producers and dead letters beyond their bounds: nobody waits for these to the millisecond. */
function sweep(state: State, moment: Moment, drafts: Draft[], afterwards: (() => void)[]): void {
  const { nowMs } = moment;
  const { queueExpireMs, producerExpireMs } = state.limits;
  for (const queue of state.queues.values()) {
    const idle = queue.idleSinceMs !== 0 && nowMs - queue.idleSinceMs >= queueExpireMs;
    if (!idle || queue.entries.size > 0 || queue.consumers.length > 0) continue;
    drafts.push(draft({ type: 'queue-deleted', queue: queue.id, cause: 'expired', operator: null }));
  }
  for (const producer of state.producers.values()) {
    if (nowMs - producer.lastUsedMs < producerExpireMs || state.producerPeer.has(producer.id)) continue;
    drafts.push(draft({ type: 'producer-expired', producer: producer.id }));
  }
  const kept = retention(state, moment);
  drafts.push(...kept.drafts);
  afterwards.push(() => {
    state.nextSweepMs = nowMs + (kept.more ? SWEEP_AGAIN_MS : SWEEP_MS);
  });
}

/** When `tick` will have something to do, at the latest known time. */
export function nextTickMs(state: State): number {
  if (state.overdue.length > 0) return 0;
  const { leases, retries, expiries, crons, inboxes } = state;
  const heaps = Math.min(leases.nextMs, retries.nextMs, expiries.nextMs, crons.nextMs);
  let next = Math.min(heaps, inboxes.nextMs, nextThrottledMs(state));
  for (const session of state.waitingSessions) next = Math.min(next, session.graceUntilMs, session.creditUntilMs + 1);
  return next;
}

/** The broker was away: nobody else is to pay for it. */
export function stalled(state: State, command: Stalled): Decision {
  return {
    drafts: state.leases.size === 0 ? [] : [draft({ type: 'leases-shifted', byMs: command.byMs })],
    effects: [],
    urgent: false,
    then: () => {
      for (const session of state.waitingSessions) {
        session.graceUntilMs += command.byMs;
        session.creditUntilMs += command.byMs;
      }
    },
  };
}
