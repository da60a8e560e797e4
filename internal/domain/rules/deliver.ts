// Deliver: which message goes to which consumer, one queue and one consumer at a time. Work-conserving: it is asked
// whenever a message became ready or a consumer got room, and stops only for a reason that will wake it again.

import { invariant } from '../assert.ts';
import type { Fetch } from '../command.ts';
import { type Decision, type Draft, draft, type Moment, NOTHING, refuse, refusedOnly } from '../decision.ts';
import type { DeliverEntries } from '../deliver-entries.ts';
import type { FetchEnded } from '../effect.ts';
import { type Place, positionAt } from '../entry-table.ts';
import { hasExpired } from '../evolve-times.ts';
import { asDeliveryId, type DeliveryId, type Position } from '../ids.ts';
import { DELIVERY_BATCH_MAX, DELIVERY_QUANTUM } from '../limits.ts';
import type { Queue } from '../queue.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';
import type { Bucket } from '../throttles.ts';
import { type BodyWindow, nextOf, take } from './backlog.ts';
import { isTenantFull, tenantRoom } from './quotas.ts';
import { consumerBucket, holdThrottled } from './throttle.ts';

export type { BodyWindow } from './backlog.ts';

/** Why a queue gives nothing at the moment: what must happen before it is worth asking again. */
export type Obstacle =
  | { readonly type: 'not-durable'; readonly position: Position }
  | { readonly type: 'needs-body'; readonly position: Position }
  | { readonly type: 'draining' }
  | { readonly type: 'paused' }
  | { readonly type: 'no-consumer' }
  | { readonly type: 'tenant-full' }
  | { readonly type: 'no-space' }
  | { readonly type: 'empty' };

/** `overdue`: the first message may not be given any more, and the next tick takes it out. */
export type Dispatch =
  | { readonly type: 'deliver'; readonly decision: Decision }
  | { readonly type: 'overdue' }
  | Obstacle;

interface Open {
  readonly type: 'open';
  readonly eligible: number;
  readonly head: Place;
  readonly bookable: number;
}

/** What stands between a queue and its next delivery: the scheduler goes by it, and so does whoever explains it. */
export function outlook(state: State, queue: Queue, durable: Position, bodies: BodyWindow): Obstacle | Open {
  if (state.draining) return { type: 'draining' };
  if (queue.paused) return { type: 'paused' };
  const eligible = consumersWithRoom(queue);
  if (eligible === 0) return { type: 'no-consumer' };
  const next = nextOf(queue, state.priorities, durable);
  if (next.head === null)
    return next.waitsFor === null ? { type: 'empty' } : { type: 'not-durable', position: next.waitsFor };
  const { head } = next;
  if (isTenantFull(state, queue.usage)) return { type: 'tenant-full' };
  if (!bodies.has(positionAt(head))) return { type: 'needs-body', position: positionAt(head) };
  const bookable = state.bookableLeases;
  return bookable <= 0 ? { type: 'no-space' } : { type: 'open', eligible, head, bookable };
}

export function dispatch(state: State, queue: Queue, durable: Position, bodies: BodyWindow, moment: Moment): Dispatch {
  const isThrottled = state.limits.quotas.throttles.deliver.length > 0;
  if (isThrottled) for (const session of queue.consumers) holdThrottled(state, session, moment.nowMs);
  const ahead = outlook(state, queue, durable, bodies);
  if (ahead.type !== 'open') return ahead;
  const { eligible, head, bookable } = ahead;
  if (hasExpired(head, moment.nowMs)) return { type: 'overdue' };
  const session = nextConsumer(queue);
  const share = eligible === 1 ? DELIVERY_BATCH_MAX : Math.min(DELIVERY_QUANTUM, Math.ceil(queue.ready / eligible));
  const own = tenantRoom(state, queue.usage);
  const bucket = isThrottled ? consumerBucket(state, session, moment.nowMs) : null;
  const most = Math.min(share, session.room, bookable, own.messages, bucket?.room(moment.nowMs) ?? share);
  const bytes = Math.min(own.bytes, bucket?.bytesRoom(moment.nowMs) ?? own.bytes);
  const windowBytes = Math.min(session.windowBytes, session.inflightBytes + bytes);
  const taking = { most, windowBytes, durable, bodies, nowMs: moment.nowMs };
  const entries = take(queue, head, session, taking, state.priorities);
  const decision = handOver(state, queue, session, entries, moment);
  return {
    type: 'deliver',
    decision: bucket === null ? decision : drawn(state, session, entries, bucket, decision, moment),
  };
}

/** What is handed over is taken from the consumer's bucket. */
function drawn(
  state: State,
  session: Session,
  entries: DeliverEntries,
  bucket: Bucket,
  decision: Decision,
  { nowMs }: Moment,
): Decision {
  return {
    ...decision,
    then: () => {
      decision.then?.();
      bucket.take(nowMs, entries.length, entries.weight);
      holdThrottled(state, session, nowMs);
    },
  };
}

function consumersWithRoom(queue: Queue): number {
  let eligible = 0;
  for (const session of queue.consumers) if (session.room > 0) eligible += 1;
  return eligible;
}

/** Round robin among those with room: equal windows get equal shares, and a slow one costs only its own window. */
function nextConsumer(queue: Queue): Session {
  const { consumers } = queue;
  for (;;) {
    if (queue.turn >= consumers.length) queue.turn = 0;
    const session = consumers[queue.turn] as Session;
    queue.turn += 1;
    if (session.room > 0) return session;
  }
}

function handOver(state: State, queue: Queue, session: Session, entries: DeliverEntries, moment: Moment): Decision {
  const count = entries.length;
  const peer = session.peer;
  invariant(count > 0 && peer !== null, `a consumer with room is given a message: ${count} for peer ${peer}`);
  const { sequences } = entries;
  const drafts: Draft[] = [];
  const spendCredit = (): void => {
    session.credit -= count;
    // A fetch that was given all it asked for is over.
    if (session.credit <= 0) {
      session.endFetch();
      state.waitingSessions.delete(session);
    }
    state.counters.delivered += count;
  };
  if (!session.acks) {
    const bytes = entries.weight;
    drafts.push(draft({ type: 'settled', queue: queue.id, sequences }));
    return {
      drafts,
      effects: [{ type: 'deliver', gated: true, peer, session, queue, firstDelivery: 0, deadlineMs: 0, entries }],
      urgent: true,
      then: () => {
        spendCredit();
        session.inflight += count;
        session.inflightBytes += bytes;
        session.handingOver += count;
        session.handingOverBytes += bytes;
      },
    };
  }
  const reserving = state.needsDeliveryIds(count);
  if (reserving) drafts.push(draft({ type: 'delivery-ids-reserved', through: state.nextReservation(count) }));
  const deadlineMs = moment.nowMs + queue.policy.leaseMs;
  const firstDelivery = state.nextDelivery;
  // An id must not be seen outside before its reservation is durable: a restart could give it away again.
  const gated = firstDelivery + count > state.deliveryIdsDurable;
  drafts.push(draft({ type: 'leased', queue: queue.id, session: session.id, firstDelivery, deadlineMs, sequences }));
  return {
    drafts,
    effects: [{ type: 'deliver', gated, peer, session, queue, firstDelivery, deadlineMs, entries }],
    urgent: gated,
    then: () => {
      spendCredit();
      if (session.plain) weigh(state, firstDelivery, entries);
    },
  };
}

/** The leases take what their messages take at this consumer. After a restart, until they end, what they take here. */
function weigh(state: State, first: DeliveryId, entries: DeliverEntries): void {
  for (let index = 0; index < entries.length; index += 1) {
    const weight = entries.weightAt(index);
    if (weight !== entries.lengths[index]) state.leases.weigh(asDeliveryId(first + index), weight);
  }
}

/** A hand-over without ack has left the gate: its room in the window is free again. */
export function handedOver(state: State, session: Session, entries: DeliverEntries): void {
  const bytes = entries.weight;
  session.inflight -= entries.length;
  session.inflightBytes -= bytes;
  session.handingOver -= entries.length;
  session.handingOverBytes -= bytes;
  state.wake(session.queues);
}

/** What a fetch tells that ends now; nothing where none waits. */
export function fetchEnded({ fetch: waiting, peer, credit }: Session): FetchEnded[] {
  if (waiting === null || peer === null) return [];
  const { count, request } = waiting;
  return [{ type: 'fetch-ended', gated: false, peer, request, count, delivered: count - credit }];
}

/** A pulling consumer asks for messages: credit that ends with its waiting time, or with the next fetch. */
export function fetch(state: State, command: Fetch, moment: Moment): Decision {
  const session = state.sessionByPeer.get(command.peer);
  if (session === undefined) {
    return refusedOnly(
      refuse(command.peer, 'consumer.fetch', 'NOT_REGISTERED', 'no consumer session on this connection'),
    );
  }
  if (session.credit === Number.POSITIVE_INFINITY) {
    const detail = 'this session is pushed to: register with pull to fetch';
    return refusedOnly(refuse(command.peer, 'consumer.fetch', 'INVALID_ARGUMENT', detail));
  }
  return {
    ...NOTHING,
    effects: fetchEnded(session),
    then: () => {
      session.fetch = { count: command.count, request: command.request };
      session.credit = command.count;
      session.creditUntilMs = moment.nowMs + command.waitMs;
      state.waitingSessions.add(session);
      state.wake(session.queues);
    },
  };
}
