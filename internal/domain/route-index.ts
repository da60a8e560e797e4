// What the core asks of routing: which queues a topic leads to, and whether to fanout. The index is derived from
// the routes of the durable state and is asked for every message, so answers are shared, frozen objects.

import type { RouteKind } from './event.ts';
import type { QueueId, RouteId } from './ids.ts';

export interface RouteEntry {
  readonly route: RouteId;
  readonly tenant: string;
  /** A checked pattern. */
  readonly pattern: string;
  readonly kind: RouteKind;
  /** 0 for a fanout route. */
  readonly queue: QueueId;
  readonly priority: number;
  readonly enabled: boolean;
  /** Of the matching direct routes so marked, only the first by precedence counts. */
  readonly exclusive: boolean;
  /** The destination's name, which precedence compares; empty for a fanout route. */
  readonly queueName: string;
}

export interface RouteMatch {
  /** Distinct, ascending. */
  readonly queues: readonly QueueId[];
  readonly fanout: boolean;
  /** The routes that count, in the order of precedence: the first that leads to a queue settles its policy. */
  readonly routes: readonly RouteEntry[];
}

export interface RouteIndex {
  /** The id must be new; a disabled entry is kept and never matches. */
  add(entry: RouteEntry): void;
  /** The id must be known. */
  remove(route: RouteId): void;
  /** Takes a checked topic. Equal questions get the same object for as long as `version` stays. */
  match(tenant: string, topic: string): RouteMatch;
  /** Routes held, disabled ones included. */
  readonly size: number;
  /** Moves with every add and remove. */
  readonly version: number;
}
