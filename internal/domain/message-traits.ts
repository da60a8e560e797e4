// What a message says of its place beside the order of acceptance: its class and its lane. Settled when it is accepted, and kept
// with its row; nothing is computed from a header after that (ADR 16).

import type { QueueId, Sequence } from './ids.ts';

/** No class stated: that of messages which say nothing. A class is its rank among the classes, from 1. */
export const NO_CLASS = 0;
/** No partition key. */
export const NO_LANE = 0;
export const CLASSES_MAX = 255;

export interface Traits {
  readonly class: number;
  /** The number of the partition key: see pkg/protocol/partition-key.ts. */
  readonly lane: number;
}

/** What a producer asks for: the name of a class, and the number of its key. */
export interface WishedTraits {
  readonly priority: string;
  readonly lane: number;
}

/** Of one message of an `accepted` run. */
export interface AcceptedTraits {
  readonly index: number;
  readonly class: number;
  readonly lane: number;
}

/** The traits of a message that was relocated: its accept may go with its segment. Changes nothing by itself. */
export interface TraitsCarried {
  readonly type: 'traits-carried';
  readonly sequence: Sequence;
  readonly queues: readonly QueueId[];
  readonly class: number;
  readonly lane: number;
}
