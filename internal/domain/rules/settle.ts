// Ack, nack and extend: what a consumer says of its deliveries. It counts only from the session that holds the lease;
// a stale or foreign word is refused and reported, never applied.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { assertNever } from '../assert.ts';
import type { Ack, Extend, Nack, NackItem } from '../command.ts';
import { type Decision, type Draft, draft, type Moment, refuse, refusedOnly } from '../decision.ts';
import type { Effect } from '../effect.ts';
import { asSequence, type DeliveryId, type PeerId, type Sequence } from '../ids.ts';
import { Lease, type LeaseRun } from '../lease-run.ts';
import type { Queue } from '../queue.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';
import { DeadLetterRoom, failure, keptReason, returnsExhausted } from './failure.ts';

const STORAGE_RETRY_MS = 1_000;

/** Finds the leases that a word is about, and collects what is refused of it. */
class Holdings {
  readonly #state: State;
  readonly #session: Session;
  readonly refused: { readonly delivery: DeliveryId; readonly code: ErrorCode }[] = [];
  /** The highest that was named, and how many were: as long as they come in the order of their numbers, none twice. */
  #highest = 0;
  #named = 0;
  #seen: Set<DeliveryId> | null = null;
  readonly #list: readonly DeliveryId[];

  /** `list`: what will be asked for, in this order. */
  constructor(state: State, session: Session, list: readonly DeliveryId[]) {
    this.#state = state;
    this.#session = session;
    this.#list = list;
  }

  /** The lease, if this session holds it and it was not named before. */
  take(delivery: DeliveryId): Lease | null {
    const run = this.runOf(delivery);
    return run === null ? null : new Lease(run, delivery - run.first);
  }

  /** As `take`: the run in which the lease is. */
  runOf(delivery: DeliveryId): LeaseRun | null {
    if (!this.#isNew(delivery)) return null;
    const run = this.#state.leases.runOf(delivery);
    if (run !== null && run.session === this.#session) return run;
    const never = delivery >= this.#state.nextDelivery || delivery < 1;
    const code = run !== null ? 'FOREIGN_DELIVERY' : never ? 'UNKNOWN_DELIVERY' : 'STALE_DELIVERY';
    this.refused.push({ delivery, code });
    return null;
  }

  #isNew(delivery: DeliveryId): boolean {
    if (this.#seen === null) {
      if (delivery > this.#highest) {
        this.#highest = delivery;
        this.#named += 1;
        return true;
      }
      this.#seen = new Set(this.#list.slice(0, this.#named));
    }
    if (this.#seen.has(delivery)) return false;
    this.#seen.add(delivery);
    return true;
  }

  /** One answer that names what was refused, when an answer is wanted; else an error for each refusal. */
  answers(peer: PeerId, word: string, request: number | null): Effect[] {
    if (request !== null) return [{ type: 'acked', gated: true, peer, request, refused: this.refused }];
    return this.refused.map(({ delivery, code }) => refuse(peer, word, code, `delivery ${delivery}`, delivery));
  }
}

/** The word is refused as a whole: the refusal is the answer that was asked for. */
const refusedWhole = (refused: Effect, request: number | null): Decision =>
  refusedOnly(request === null || refused.type !== 'refused' ? refused : { ...refused, request });

const notRegistered = (peer: PeerId, word: string, request: number | null): Decision =>
  refusedWhole(refuse(peer, word, 'NOT_REGISTERED', `${word} needs a consumer session on this connection`), request);

export function ack(state: State, command: Ack): Decision {
  const { peer, deliveries, request } = command;
  const session = state.sessionByPeer.get(peer);
  if (session === undefined) return notRegistered(peer, 'ack', request);
  const holdings = new Holdings(state, session, deliveries);
  const byQueue = new Map<Queue, Sequence[]>();
  let queue: Queue | null = null;
  let sequences: Sequence[] = [];
  let settled = 0;
  for (let i = 0; i < deliveries.length; i += 1) {
    const delivery = deliveries[i] as DeliveryId;
    const run = holdings.runOf(delivery);
    if (run === null) continue;
    if (run.queue !== queue) {
      queue = run.queue;
      sequences = byQueue.get(queue) ?? [];
      byQueue.set(queue, sequences);
    }
    sequences.push(asSequence(run.sequences[delivery - run.first] as number));
    settled += 1;
  }
  const drafts: Draft[] = [];
  for (const [of, those] of byQueue) drafts.push(draft({ type: 'settled', queue: of.id, sequences: those }));
  return {
    drafts,
    effects: holdings.answers(peer, 'ack', request),
    urgent: request !== null,
    then: () => {
      state.counters.acked += settled;
      state.counters.staleAcks += holdings.refused.length;
      state.wake(session.queues);
    },
  };
}

export function nack(state: State, command: Nack, moment: Moment): Decision {
  const { peer, items, request } = command;
  const session = state.sessionByPeer.get(peer);
  if (session === undefined) return notRegistered(peer, 'nack', request);
  const holdings = new Holdings(
    state,
    session,
    items.map(({ delivery }) => delivery),
  );
  const drafts: Draft[] = [];
  const room = new DeadLetterRoom(state);
  const counts = { nacked: 0, returned: 0, retried: 0, dead: 0 };
  for (const item of items) {
    const lease = holdings.take(item.delivery);
    if (lease === null) continue;
    const made = nackOne(lease, item, keptReason(state, item.reason), moment, room);
    if (made.event.type === 'returned') counts.returned += 1;
    // One that was handed back too often is dead, and was never a failure.
    if (item.status !== 'returned') counts.nacked += 1;
    if (made.event.type === 'failed') counts.retried += 1;
    if (made.event.type === 'dead-lettered') counts.dead += 1;
    drafts.push(made);
  }
  return {
    drafts,
    effects: holdings.answers(peer, 'nack', request),
    urgent: request !== null,
    then: () => {
      state.counters.nacked += counts.nacked;
      state.counters.returned += counts.returned;
      state.counters.retried += counts.retried;
      state.counters.deadLettered += counts.dead;
      state.wake(session.queues);
    },
  };
}

function nackOne(lease: Lease, item: NackItem, reason: string, moment: Moment, room: DeadLetterRoom): Draft {
  switch (item.status) {
    case 'retryable':
      return failure(lease, 'nack_retryable', reason || 'retryable_error', item.delayMs, moment, room);
    case 'terminal':
      return failure(lease, 'nack_terminal', reason || 'terminal_error', null, moment, room);
    case 'returned':
      return (
        returnsExhausted(lease, moment, room) ??
        draft({ type: 'returned', queue: lease.queue.id, sequences: [lease.sequence] })
      );
    default:
      return assertNever(item.status);
  }
}

export function extend(state: State, command: Extend, moment: Moment): Decision {
  const { peer, deliveries, byMs, request } = command;
  const session = state.sessionByPeer.get(peer);
  if (session === undefined) return notRegistered(peer, 'extend', request);
  if (state.bookableLeases <= 0) {
    const detail = 'no room is left on the disk to record a longer lease';
    return refusedWhole(refuse(peer, 'extend', 'STORAGE_FULL', detail, null, STORAGE_RETRY_MS), request);
  }
  const holdings = new Holdings(state, session, deliveries);
  const byDeadline = new Map<number, DeliveryId[]>();
  for (const delivery of deliveries) {
    const lease = holdings.take(delivery);
    if (lease === null) continue;
    const deadlineMs = moment.nowMs + (byMs ?? lease.queue.policy.leaseMs);
    // A wish for less than the lease has left takes nothing away.
    if (deadlineMs <= lease.deadlineMs) continue;
    const together = byDeadline.get(deadlineMs);
    if (together === undefined) byDeadline.set(deadlineMs, [delivery]);
    else together.push(delivery);
  }
  const drafts: Draft[] = [];
  for (const [deadlineMs, together] of byDeadline)
    drafts.push(draft({ type: 'extended', deliveries: together, deadlineMs }));
  return { drafts, effects: holdings.answers(peer, 'extend', request), urgent: request !== null };
}
