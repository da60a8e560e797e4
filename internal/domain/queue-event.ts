// Queues come, go and are steered. A route leads to one.

import type { QueueId, RouteId, Sequence } from './ids.ts';
import type { Operator } from './operator-event.ts';
import type { QueuePolicy } from './queue-policy.ts';

export type QueueOrigin = 'operator' | 'catalog' | 'registration';

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

/** Nothing of a partition key is handed over; what is out may still be settled. */
export interface KeyPaused {
  readonly type: 'key-paused';
  readonly queue: QueueId;
  /** Its number, and its text for who lists what is paused. */
  readonly lane: number;
  readonly key: string;
  readonly paused: boolean;
  readonly operator: Operator;
}

/** The first message of a partition key has fresh counts, and is tried again at once. */
export interface KeyReleased {
  readonly type: 'key-released';
  readonly queue: QueueId;
  readonly sequence: Sequence;
  readonly atMs: number;
  readonly operator: Operator;
}

/** The queue lost its last consumer, or got one: the clock of QUEUE_EXPIRE_MS. `atMs` 0 stops it. */
export interface QueueIdle {
  readonly type: 'queue-idle';
  readonly queue: QueueId;
  readonly atMs: number;
}

export type RouteOrigin = QueueOrigin;
export type RouteKind = 'direct' | 'fanout';

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

export type QueueEvent =
  | QueueDeclared
  | QueueDeleted
  | QueuePurged
  | QueuePaused
  | QueueDraining
  | QueueIdle
  | KeyPaused
  | KeyReleased
  | RouteAdded
  | RouteRemoved;
