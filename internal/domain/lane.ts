// A lane: the messages of one partition key in one queue. It has one message out at a time, and its next is its lowest sequence.

import { NO_POSITION, type Position, type Sequence } from './ids.ts';
import { SequenceHeap } from './sequence-heap.ts';

export class Lane {
  /** The number of its key. */
  readonly key: number;
  /** Live messages, those that are not due yet included. */
  count = 0;
  /** What may become its head; what is gone may still be named. One that is not due yet joins when it is. */
  readonly members = new SequenceHeap();
  /** What a consumer has of it; 0: nothing. */
  out: Sequence | 0 = 0;
  /** What stands among the heads of its class; 0: nothing. */
  offered: Sequence | 0 = 0;
  /** Where its last settlement stands: its next message goes when that is durable. */
  settledAt: Position = NO_POSITION;
  settling = false;

  constructor(key: number) {
    this.key = key;
  }
}
