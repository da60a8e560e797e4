// A message that comes into being as a dead letter: imported, made by hand, or on its way to another queue.

import { type Draft, draft, type Moment } from '../decision.ts';
import type { DeadLettered } from '../event.ts';
import { NO_PRODUCER } from '../ids.ts';

export function newLetter(block: Uint8Array, { nowMs }: Moment, letter: Omit<DeadLettered, 'type'>): Draft[] {
  return [
    draft(
      {
        type: 'accepted',
        producer: NO_PRODUCER,
        firstProducerSequence: 0,
        firstSequence: letter.sequence,
        atMs: nowMs,
        sets: [[letter.queue]],
        setOf: [0],
        lengths: [block.length],
      },
      [block],
    ),
    draft({ type: 'dead-lettered', ...letter }),
  ];
}
