// What has happened. Every change of durable state is one of these, in the journal's order; evolve is the only
// code that applies them. An event is metadata: the message blocks that `accepted` and `relocated` bring are
// handed to the journal beside it, in the same order, and are addressed by (position of the group, offset, length).
//
// Values that depend on clock, chance or policy are settled here (absolute times, resolved policies), never
// recomputed by evolve.

import type { ConsumerSteered } from './consumer-event.ts';
import type { CronEvent, CronFire } from './cron-event.ts';
import type { FailureCause } from './failure-cause.ts';
import type { DeliveryId, ProducerId, QueueId, Sequence, SessionId } from './ids.ts';
import type { AcceptedNotes, CopyDropped, CopyOwed } from './letter-copy.ts';
import type { AcceptedTimes, Expired } from './message-times.ts';
import type { AcceptedTraits, TraitsCarried } from './message-traits.ts';
import type { Operator, OperatorEvent } from './operator-event.ts';
import type { QueueEvent } from './queue-event.ts';
import type { ScheduleEvent } from './schedule-event.ts';
import type { SchemaAdded, SchemaRemoved } from './schema.ts';
import type { SessionEvent } from './session-event.ts';

export type * from './consumer-event.ts';
export type * from './cron-event.ts';
export type { FailureCause } from './failure-cause.ts';
export type * from './operator-event.ts';
export type * from './queue-event.ts';
export type * from './schedule-event.ts';
export type * from './session-event.ts';

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
  readonly notes?: AcceptedNotes;
  /** Messages of a recurring schedule. */
  readonly fired?: CronFire;
  /** Of those that have some, ascending. */
  readonly traits?: readonly AcceptedTraits[];
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
  | QueueEvent
  | SessionEvent
  | OperatorEvent
  | ScheduleEvent
  | CronEvent
  | ConsumerSteered
  | Started
  | Accepted
  | Leased
  | Settled
  | Expired
  | Failed
  | Returned
  | DeadLettered
  | Redriven
  | CopyOwed
  | CopyDropped
  | SchemaAdded
  | SchemaRemoved
  | DeadLettersPurged
  | Relocated
  | TraitsCarried;
