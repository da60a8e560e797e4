// What somebody wants, decoded and of the right shape, but not yet allowed. One command may carry many messages.

import type { Refusal } from './effect.ts';
import type { ActionFacts, Operator } from './event.ts';
import type { DeliveryId, PeerId, ProducerId, QueueId, Sequence } from './ids.ts';
import type { WishedTimes } from './message-times.ts';
import type { WishedTraits } from './message-traits.ts';
import type { OperatorCommand } from './operator-command.ts';

/** A secret made at the door, and its hash: the core keeps only the hash. */
export interface FreshToken {
  readonly token: string;
  readonly hash: string;
}

export interface Hello {
  readonly type: 'hello';
  readonly peer: PeerId;
  readonly tenant: string;
  /** null: publishes without a producer id. `new`, or the one that comes back with its token's hash. */
  readonly producer: null | 'new' | { readonly id: ProducerId; readonly tokenHash: string };
  readonly fresh: FreshToken;
}

/** `both` follows the routes; `direct` and `fanout` are the producer's own word. */
export type DeliveryMode = 'both' | 'direct' | 'fanout';

export interface PublishMessage {
  readonly topic: string;
  /** The block is `source[start..end)` of the command, followed by `tail`. */
  readonly start: number;
  readonly end: number;
  readonly tail: Uint8Array | null;
  readonly mode: DeliveryMode;
  /** Null: at once, and for ever. */
  readonly times?: WishedTimes | null;
  /** It expects an answer. `inbox`: made at the door for the one answer that its sender waits for; null: none was. */
  readonly reply?: { readonly inbox: null } | { readonly inbox: string; readonly messageId: string };
  /** Null: of no class and no key. */
  readonly traits?: WishedTraits | null;
  /** What the decoder found wrong with this one: it is refused, its neighbours are not. */
  readonly fault: Refusal | null;
}

export interface Publish {
  readonly type: 'publish';
  readonly peer: PeerId;
  readonly tenant: string;
  readonly producer: ProducerId;
  /** The producer's number of the first message; the others follow it. Without a producer, any tag to answer with. */
  readonly firstSequence: number;
  readonly source: Uint8Array;
  readonly messages: readonly PublishMessage[];
  /** It came over the admin endpoint: topics of internal routes are open to it. */
  readonly inside?: boolean;
  /** All of them or none, durable as one. */
  readonly atomic?: boolean;
  /** Its producer would rather wait than be refused where room comes back. */
  readonly waits?: boolean;
}

/** A connection asks for an address that others reply to; it is made at the door. */
export interface OpenInbox {
  readonly type: 'open-inbox';
  readonly peer: PeerId;
  readonly tenant: string;
  readonly address: string;
  readonly request: number | null;
}

export interface Register {
  readonly type: 'register';
  readonly peer: PeerId;
  readonly tenant: string;
  readonly consumer: string;
  /** The queue to work on; null: see `subscriptions`. */
  readonly queue: string | null;
  /** Patterns to bind to the queue, or, without one, each the name of a shared queue. */
  readonly subscriptions: readonly string[];
  readonly windowMessages: number;
  readonly windowBytes: number;
  readonly acks: boolean;
  /** Bodies are unpacked on the way to it. */
  readonly plain: boolean;
  readonly resumable: boolean;
  readonly pull: boolean;
  /** Hash of the token of the session to resume; null for a new one. */
  readonly tokenHash: string | null;
  readonly fresh: FreshToken;
}

/** The consumer says goodbye: its leases return at once. */
export interface Deregister {
  readonly type: 'deregister';
  readonly peer: PeerId;
}

/** The connection is gone, or was silent for too long. */
export interface PeerGone {
  readonly type: 'peer-gone';
  readonly peer: PeerId;
  readonly cause: 'gone' | 'silent' | 'slow';
}

export interface PeerBlocked {
  readonly type: 'peer-blocked';
  readonly peer: PeerId;
  readonly blocked: boolean;
}

export interface Ack {
  readonly type: 'ack';
  readonly peer: PeerId;
  readonly deliveries: readonly DeliveryId[];
  /** Answer when the settlement is durable, with this number; null: no answer. */
  readonly request: number | null;
}

export type NackStatus = 'retryable' | 'terminal' | 'returned';

export interface NackItem {
  readonly delivery: DeliveryId;
  readonly status: NackStatus;
  readonly reason: string;
  /** The consumer's own wish for the delay; null: the queue's backoff. */
  readonly delayMs: number | null;
}

export interface Nack {
  readonly type: 'nack';
  readonly peer: PeerId;
  readonly items: readonly NackItem[];
  readonly request: number | null;
}

export interface Extend {
  readonly type: 'extend';
  readonly peer: PeerId;
  readonly deliveries: readonly DeliveryId[];
  /** From now; null: the queue's lease. */
  readonly byMs: number | null;
  readonly request: number | null;
}

export interface Fetch {
  readonly type: 'fetch';
  readonly peer: PeerId;
  readonly count: number;
  readonly waitMs: number;
  /** The consumer's own number of this fetch: comes back when it ends short. */
  readonly request: number | null;
}

/** The broker itself was away for so long (a stop, a pause, a slow disk), or the wall clock stepped forward. */
export interface Stalled {
  readonly type: 'stalled';
  readonly byMs: number;
}

/** What was measured of the machine since the last time: the core has no clock for it. */
export interface Load {
  readonly type: 'load';
  readonly memoryBytes: number;
  /** How late the loop was, at most. */
  readonly lagMs: number;
}

/** Time has passed: expire, end graces, drop idle queues and producers. */
export interface Tick {
  readonly type: 'tick';
}

/** Bodies were read and found damaged: these messages are kept, counted, and not dispatched. */
export interface BodyDamaged {
  readonly type: 'body-damaged';
  readonly queueId: number;
  readonly sequence: Sequence;
  readonly detail: string;
}

/** The first command after recovery: a new epoch, and what did not survive it goes back. */
export interface Start {
  readonly type: 'start';
}

/** A live block, read to be copied forward. */
export interface Relocate {
  readonly type: 'relocate';
  readonly sequence: Sequence;
  readonly queueIds: readonly number[];
  readonly block: Uint8Array;
}

/** Records again what is true already, so that the position moves. */
export interface Restate {
  readonly type: 'restate';
}

export interface LetterToCopy {
  readonly queue: QueueId;
  readonly sequence: Sequence;
  /** Null: it is no dead letter any more, or cannot be read. */
  readonly block: Uint8Array | null;
}

/** Dead letters that are owed a copy under `_dlq.<topic>`, read. */
export interface CopyLetters {
  readonly type: 'copy-letters';
  readonly copies: readonly LetterToCopy[];
}

export interface Drain {
  readonly type: 'drain';
}

/** The broker itself did, or is about to do, something that belongs in the audit log. */
export interface PutOnRecord {
  readonly type: 'put-on-record';
  readonly operator: Operator;
  readonly operation: string;
  readonly prior: readonly ActionFacts[];
  readonly resulting: readonly ActionFacts[];
}

export type Command =
  | OperatorCommand
  | PutOnRecord
  | Hello
  | Publish
  | OpenInbox
  | Register
  | Deregister
  | PeerGone
  | PeerBlocked
  | Ack
  | Nack
  | Extend
  | Fetch
  | Stalled
  | Tick
  | Load
  | BodyDamaged
  | Start
  | Relocate
  | CopyLetters
  | Restate
  | Drain;
