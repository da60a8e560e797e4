// What has happened. Every change of durable state is one of these, in the journal's order; evolve is the only
// code that applies them. An event is metadata: the message blocks that `accepted` and `relocated` bring are
// handed to the journal beside it, in the same order, and are addressed by (position of the group, offset, length).
//
// Values that depend on clock, chance or policy are settled here (absolute times, resolved policies), never
// recomputed by evolve.

import type { JobOrder } from './dead-letter-order.ts';
import type { FailureCause } from './failure-cause.ts';
import type { DeliveryId, ProducerId, QueueId, RouteId, Sequence, SessionId } from './ids.ts';
import type { AcceptedTimes, Expired } from './message-times.ts';
import type { QueuePolicy } from './queue-policy.ts';

export type { FailureCause } from './failure-cause.ts';

/** Who asked for a mutation, and why: kept with the event for the audit log. */
export interface Operator {
  readonly actor: string;
  readonly reason: string;
  /** By which the one who passed the request on knows it. */
  readonly requestId?: string;
}

export type QueueOrigin = 'operator' | 'catalog' | 'registration';
export type RouteOrigin = QueueOrigin;
export type RouteKind = 'direct' | 'fanout';

/**
 * One failed attempt, as the history of a dead letter tells it. With the cause `redriven` it is an operator's replay:
 * `attempt` is 0 and `consumer` the actor.
 */
export interface AttemptRecord {
  readonly attempt: number;
  readonly consumer: string;
  readonly atMs: number;
  readonly cause: FailureCause;
  readonly reason: string;
}

export interface Started {
  readonly type: 'started';
  /** Counts the broker's starts on this data folder, from 1. */
  readonly epoch: number;
}

export interface QueueDeclared {
  readonly type: 'queue-declared';
  readonly queue: QueueId;
  readonly tenant: string;
  readonly name: string;
  readonly policy: QueuePolicy;
  readonly origin: QueueOrigin;
  readonly operator: Operator | null;
}

export interface QueueDeleted {
  readonly type: 'queue-deleted';
  readonly queue: QueueId;
  readonly cause: 'deleted' | 'expired';
  readonly operator: Operator | null;
}

/** A range event: every waiting message of the queue up to `through`, leased ones excepted. */
export interface QueuePurged {
  readonly type: 'queue-purged';
  readonly queue: QueueId;
  readonly through: Sequence;
  readonly operator: Operator | null;
}

/** A paused queue takes messages and hands none over; what is out may still be settled. */
export interface QueuePaused {
  readonly type: 'queue-paused';
  readonly queue: QueueId;
  readonly paused: boolean;
  readonly operator: Operator;
}

/** A draining queue hands over what it has and takes nothing new. */
export interface QueueDraining {
  readonly type: 'queue-draining';
  readonly queue: QueueId;
  readonly draining: boolean;
  readonly operator: Operator;
}

/** The queue lost its last consumer, or got one: the clock of QUEUE_EXPIRE_MS. `atMs` 0 stops it. */
export interface QueueIdle {
  readonly type: 'queue-idle';
  readonly queue: QueueId;
  readonly atMs: number;
}

export interface RouteAdded {
  readonly type: 'route-added';
  readonly route: RouteId;
  readonly tenant: string;
  readonly pattern: string;
  readonly kind: RouteKind;
  /** 0 for a fanout route. */
  readonly queue: QueueId;
  readonly priority: number;
  readonly enabled: boolean;
  readonly exclusive: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly origin: RouteOrigin;
  readonly operator: Operator | null;
}

export interface RouteRemoved {
  readonly type: 'route-removed';
  readonly route: RouteId;
  readonly operator: Operator | null;
}

/** A file that was imported once and must not be again: sha256 of its bytes, in hex; or a mark of import-marks.ts. */
export interface Imported {
  readonly type: 'imported';
  readonly kind: 'catalog' | 'dlq';
  readonly digest: string;
  readonly operator: Operator | null;
}

export interface ProducerOpened {
  readonly type: 'producer-opened';
  readonly producer: ProducerId;
  readonly tenant: string;
  readonly epoch: number;
  /** sha256 of the secret with which the producer comes back, 32 bytes in hex. */
  readonly tokenHash: string;
  readonly atMs: number;
}

export interface ProducerExpired {
  readonly type: 'producer-expired';
  readonly producer: ProducerId;
}

/**
 * A run of messages from one producer, consecutive in its numbering and in ours.
 * `lengths[i]` is the size of block i; its queues are `sets[setOf[i]]` (never empty, ids ascending).
 */
export interface Accepted {
  readonly type: 'accepted';
  readonly producer: ProducerId;
  /** The producer's own number of the first message; 0 without a producer. */
  readonly firstProducerSequence: number;
  readonly firstSequence: Sequence;
  readonly atMs: number;
  readonly sets: readonly (readonly QueueId[])[];
  readonly setOf: readonly number[];
  readonly lengths: readonly number[];
  /** Of those that have some, ascending. */
  readonly times?: readonly AcceptedTimes[];
}

export interface SessionOpened {
  readonly type: 'session-opened';
  readonly session: SessionId;
  readonly tenant: string;
  readonly consumer: string;
  readonly tokenHash: string;
  readonly resumable: boolean;
}

/** Its leases are returned by evolve, each counted as returned. */
export interface SessionClosed {
  readonly type: 'session-closed';
  readonly session: SessionId;
}

/** Delivery ids below `through` may be in use from here on; a restart begins at it. */
export interface DeliveryIdsReserved {
  readonly type: 'delivery-ids-reserved';
  readonly through: DeliveryId;
}

/** Delivery `firstDelivery + i` hands over `sequences[i]`. */
export interface Leased {
  readonly type: 'leased';
  readonly queue: QueueId;
  readonly session: SessionId;
  readonly firstDelivery: DeliveryId;
  readonly deadlineMs: number;
  readonly sequences: readonly Sequence[];
}

export interface Extended {
  readonly type: 'extended';
  readonly deliveries: readonly DeliveryId[];
  readonly deadlineMs: number;
}

/** All leases move by a stall of the broker itself, or by a forward step of the wall clock. */
export interface LeasesShifted {
  readonly type: 'leases-shifted';
  readonly byMs: number;
}

/** Done: by an ack, or before the hand-over to a consumer that does not ack. */
export interface Settled {
  readonly type: 'settled';
  readonly queue: QueueId;
  readonly sequences: readonly Sequence[];
}

/** A failed attempt that may be repeated from `retryAtMs` on. */
export interface Failed {
  readonly type: 'failed';
  readonly queue: QueueId;
  readonly sequence: Sequence;
  readonly retryAtMs: number;
  readonly record: AttemptRecord;
}

/** Handed back without a failure: ready at once, in its old place. */
export interface Returned {
  readonly type: 'returned';
  readonly queue: QueueId;
  readonly sequences: readonly Sequence[];
}

/** Out of its queue and into the dead letters: one event does both. */
export interface DeadLettered {
  readonly type: 'dead-lettered';
  readonly queue: QueueId;
  readonly sequence: Sequence;
  readonly atMs: number;
  readonly cause: FailureCause;
  readonly reason: string;
  readonly history: readonly AttemptRecord[];
  readonly operator: Operator | null;
}

/** Dead letters back in their queue, as if they had never been tried; the replay is a line of their histories. */
export interface Redriven {
  readonly type: 'redriven';
  readonly queue: QueueId;
  readonly sequences: readonly Sequence[];
  readonly atMs: number;
  readonly operator: Operator;
}

/** Dead letters gone for ever. */
export interface DeadLettersPurged {
  readonly type: 'dead-letters-purged';
  readonly queue: QueueId;
  readonly sequences: readonly Sequence[];
  readonly operator: Operator;
}

/** One line of the audit log: what an operator did or was refused. Changes nothing by itself. */
export interface OperatorAction {
  readonly type: 'operator-action';
  readonly atMs: number;
  readonly operator: Operator;
  readonly operation: string;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  /** Message ids, where messages were meant. */
  readonly targets: readonly string[];
  readonly prior: readonly ActionFacts[];
  readonly resulting: readonly ActionFacts[];
}

/** What an action found or left, as the log shows it. */
export type ActionFacts = Readonly<Record<string, unknown>>;

/** An operator's request on more dead letters than one answer waits for. It goes on after a restart. */
export interface JobStarted {
  readonly type: 'job-started';
  readonly job: number;
  readonly order: JobOrder;
  readonly total: number;
  readonly atMs: number;
  readonly operator: Operator;
}

export interface JobMoved {
  readonly type: 'job-moved';
  readonly job: number;
  readonly done: number;
  readonly failed: number;
}

export interface JobEnded {
  readonly type: 'job-ended';
  readonly job: number;
  readonly outcome: 'done' | 'cancelled' | 'failed';
  readonly atMs: number;
}

/** One place of a relocated message: what its accept and later events had made of it. */
export interface RelocatedEntry {
  readonly queue: QueueId;
  readonly acceptedAtMs: number;
  readonly failed: number;
  readonly returned: number;
}

/** A live block was copied to this group, so that its old segment can go. */
export interface Relocated {
  readonly type: 'relocated';
  readonly sequence: Sequence;
  readonly length: number;
  readonly entries: readonly RelocatedEntry[];
}

export type Event =
  | Started
  | QueueDeclared
  | QueueDeleted
  | QueuePurged
  | QueuePaused
  | QueueDraining
  | QueueIdle
  | RouteAdded
  | RouteRemoved
  | Imported
  | ProducerOpened
  | ProducerExpired
  | Accepted
  | SessionOpened
  | SessionClosed
  | DeliveryIdsReserved
  | Leased
  | Extended
  | LeasesShifted
  | Settled
  | Expired
  | Failed
  | Returned
  | DeadLettered
  | Redriven
  | DeadLettersPurged
  | OperatorAction
  | JobStarted
  | JobMoved
  | JobEnded
  | Relocated;
