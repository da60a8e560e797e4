// What the core asks of routing: which queues a topic leads to, and whether to fanout. The index is derived from
// the routes of the durable state and is asked for every message, so answers are shared, frozen objects.

import type { Attributes } from '../../pkg/protocol/attributes.ts';
import type { RouteKind } from './event.ts';
import type { QueueId, RouteId } from './ids.ts';
import type { RouteCondition } from './route-condition.ts';

/** A route with a schema judges the bodies of what it leads on. */
export interface RouteSchema {
  readonly name: string;
  readonly invalid: 'refuse' | 'dead-letter';
}

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
  /** In canonical form; absent: it counts for every message. */
  readonly when?: readonly RouteCondition[];
  /** Of a bridge route: a message that has come over so many bridges is not led on. */
  readonly hops?: number;
  readonly schema?: RouteSchema;
}

/** Says what a message of a topic leads to, where that hangs on its headers. */
export interface RouteChoice {
  /** All that match, in the order of precedence, whether they count or not. */
  readonly routes: readonly RouteEntry[];
  of(attributes: Attributes): RouteMatch;
}

export interface RouteMatch {
  /** Distinct, ascending. */
  readonly queues: readonly QueueId[];
  readonly fanout: boolean;
  /** The routes that count, in the order of precedence: the first that leads to a queue settles its policy. */
  readonly routes: readonly RouteEntry[];
  /** Not null: the rest of this answer is that for a message without headers, and this gives the answer for others. */
  readonly choice: RouteChoice | null;
  /** Of those that count, the ones that judge bodies. */
  readonly judges: readonly RouteEntry[];
  /** A route keeps the topic for the broker and its operators. */
  readonly internal: boolean;
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
  /** Routes held that look at headers. */
  readonly conditional: number;
  /** Whether an enabled route of the tenant takes copies of dead letters. */
  takesDeadLetters(tenant: string): boolean;
  /** Moves with every add and remove. */
  readonly version: number;
}
