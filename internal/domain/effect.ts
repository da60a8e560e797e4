// What leaves the core. An effect that is `gated` names something that must be durable first: it leaves when the
// position of the turn that made it is on disk. Effects of one peer keep their order.

import type { ErrorCode } from '../../pkg/protocol/errors.ts';
import type { DeadLetterTarget } from './dead-letter-order.ts';
import type { DeliverEntries } from './deliver-entries.ts';
import type { OperatorAction } from './event.ts';
import type { DeliveryId, PeerId, Position, ProducerId } from './ids.ts';
import type { Queue } from './queue.ts';
import type { Session } from './session.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterMs?: number;
}

export interface HelloOk {
  readonly type: 'hello-ok';
  readonly gated: boolean;
  readonly peer: PeerId;
  readonly tenant: string;
  readonly producer: null | {
    readonly id: ProducerId;
    readonly token: string | null;
    readonly epoch: number;
    readonly highestSequence: number;
  };
}

/** The answer to a run of published messages, numbered `first` to `first + count - 1` by the producer. */
export interface Published {
  readonly type: 'published';
  readonly gated: boolean;
  readonly peer: PeerId;
  readonly producer: ProducerId;
  readonly first: number;
  readonly count: number;
  /** `none`: fanout only. `journal`: as durable as the journal is. */
  readonly durability: 'none' | 'journal';
  /** Offsets in the run. */
  readonly duplicates: readonly number[];
  readonly refusals: readonly (Refusal & { readonly index: number })[];
}

/** Messages of one topic, neighbours in their publish. */
export interface Publication {
  readonly type: 'publication';
  readonly gated: boolean;
  readonly peer: null;
  readonly topic: string;
  /** One behind the other. */
  readonly blocks: Uint8Array;
  readonly count: number;
}

export interface InboxOpened {
  readonly type: 'inbox-opened';
  readonly gated: false;
  readonly peer: PeerId;
  readonly address: string;
  readonly request: number | null;
}

/** A reply for whoever waits for it: kept nowhere. */
export interface InboxReply {
  readonly type: 'inbox-reply';
  readonly gated: false;
  readonly peer: PeerId;
  readonly block: Uint8Array;
}

/** A request that was to be answered once was not, in its time. */
export interface RequestEnded {
  readonly type: 'request-ended';
  readonly gated: false;
  readonly peer: PeerId;
  readonly messageId: string;
}

export interface Deregistered {
  readonly type: 'deregistered';
  readonly gated: boolean;
  readonly peer: PeerId;
  readonly session: Session;
}

export interface Registered {
  readonly type: 'registered';
  readonly gated: boolean;
  readonly peer: PeerId;
  readonly session: Session;
  /** null when the session was resumed: the client has it. */
  readonly token: string | null;
  readonly resumed: boolean;
  readonly queues: readonly { readonly queue: Queue; readonly patterns: readonly string[] }[];
}

/** The answer to an ack, nack or extend that asked for one. */
export interface Acked {
  readonly type: 'acked';
  readonly gated: boolean;
  readonly peer: PeerId;
  readonly request: number;
  readonly refused: readonly { readonly delivery: DeliveryId; readonly code: ErrorCode }[];
}

/** A command, or a part of it, was refused. */
export interface Refused {
  readonly type: 'refused';
  readonly gated: false;
  readonly peer: PeerId;
  readonly word: string;
  readonly refusal: Refusal;
  readonly delivery: DeliveryId | null;
  /** The whole of a word that asked for an answer by this number was refused. */
  readonly request?: number;
}

export interface Deliver {
  readonly type: 'deliver';
  /** True for at most once: the settlement must be durable before the hand-over. */
  readonly gated: boolean;
  readonly peer: PeerId;
  readonly session: Session;
  readonly queue: Queue;
  /** 0 for at most once; else the id of the first entry, the others follow it. */
  readonly firstDelivery: number;
  readonly deadlineMs: number;
  readonly entries: DeliverEntries;
}

/** Leases ended without the consumer: what it says of these deliveries from now on is stale. */
export interface LeasesEnded {
  readonly type: 'leases-ended';
  readonly gated: false;
  readonly peer: PeerId;
  readonly deliveries: readonly DeliveryId[];
  /** The queue that was deleted with them; null where their deadline passed, which the consumer knows itself. */
  readonly deletedQueue: string | null;
}

/** A fetch that ended with fewer messages than it asked for. */
export interface FetchEnded {
  readonly type: 'fetch-ended';
  readonly gated: false;
  readonly peer: PeerId;
  readonly request: number | null;
  readonly count: number;
  readonly delivered: number;
}

export interface SessionEnded {
  readonly type: 'session-ended';
  readonly gated: false;
  readonly peer: PeerId;
  readonly refusal: Refusal;
}

export interface OperatorReply {
  readonly type: 'operator-reply';
  readonly gated: boolean;
  readonly peer: PeerId;
  readonly id: number;
  readonly outcome: { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly refusal: Refusal };
}

/** A step on dead letters is done: these were moved, the others were none any more. */
export interface StepDone {
  readonly type: 'step-done';
  readonly gated: true;
  readonly peer: null;
  readonly step: number;
  readonly moved: number;
  readonly missing: readonly DeadLetterTarget[];
  /** The whole step was refused. */
  readonly refusal: Refusal | null;
}

/** A line for the audit log. Answers behind it wait until the log has it. */
export interface Audited {
  readonly type: 'audited';
  readonly gated: true;
  readonly peer: null;
  readonly action: OperatorAction;
  /** Of the event's group. */
  readonly at: Position;
}

export type Effect =
  | HelloOk
  | Published
  | Publication
  | InboxOpened
  | InboxReply
  | RequestEnded
  | Registered
  | Deregistered
  | Acked
  | Refused
  | Deliver
  | LeasesEnded
  | FetchEnded
  | SessionEnded
  | OperatorReply
  | StepDone
  | Audited;
