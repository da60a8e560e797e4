// What classes and lanes have to do with what happens to a message. A message without traits passes through here untouched: for it
// the cursor of the entry table and the heap of those that came back are the order.

import { DeliveryOrder } from './delivery-order.ts';
import { DEAD, hasTraits, type Place, READY, sequenceAt, statusAt } from './entry-table.ts';
import type { Accepted } from './event.ts';
import { asSequence, type Position } from './ids.ts';
import type { AcceptedTraits } from './message-traits.ts';
import type { Queue } from './queue.ts';

/** The messages are in their queues, and those with times wait for them: now they get their places. */
export function keepTraits(
  { firstSequence, setOf }: Accepted,
  traits: readonly AcceptedTraits[],
  sets: readonly (readonly Queue[])[],
): void {
  for (const one of traits) {
    const sequence = asSequence(firstSequence + one.index);
    for (const queue of sets[setOf[one.index] as number] as readonly Queue[]) {
      const place = queue.entries.find(sequence) as Place;
      place.chunk.setTraits(place.row, one);
      orderOf(queue).add(place);
    }
  }
}

/** READY from now on, and found where it stands. */
export function makeReady(queue: Queue, place: Place): void {
  place.chunk.status[place.row] = READY;
  if (hasTraits(place)) orderOf(queue).ready(place);
  else if (queue.entries.passed(sequenceAt(place))) queue.again.push(sequenceAt(place));
}

/** A consumer is given it. */
export function orderLeased(queue: Queue, place: Place): void {
  if (queue.order !== null && hasTraits(place)) queue.order.leased(place);
}

/** Its lease ended, and it stays; before it is made ready or waits. */
export function orderBack(queue: Queue, place: Place): void {
  if (queue.order !== null && hasTraits(place)) queue.order.back(place);
}

/** Its count of failures has changed. */
export function orderFailed(queue: Queue, place: Place): void {
  if (queue.order !== null && hasTraits(place)) queue.order.failed(place);
}

/** It is about to go, for good or to the dead letters, where it has no place. */
export function orderGone(queue: Queue, place: Place, at: Position): void {
  if (queue.order !== null && hasTraits(place) && statusAt(place) !== DEAD) queue.order.gone(place, at);
}

/** A dead letter is a message again. */
export function orderRevived(queue: Queue, place: Place): void {
  place.chunk.status[place.row] = READY;
  if (hasTraits(place)) orderOf(queue).add(place);
  else if (queue.entries.passed(sequenceAt(place))) queue.again.push(sequenceAt(place));
}

/** From the rows alone: of a queue that a checkpoint brought, and where its policy about order has changed. */
export function rebuildOrder(queue: Queue): void {
  queue.order = null;
  for (const { chunk } of eachChunk(queue)) {
    for (let row = 0; row < chunk.count; row += 1) {
      if (chunk.status[row] === 0 || chunk.status[row] === DEAD || chunk.traits?.has(row) !== true) continue;
      orderOf(queue).add({ chunk, row });
    }
  }
}

function* eachChunk(queue: Queue): Generator<{ readonly chunk: Place['chunk'] }> {
  for (const chunk of queue.entries.chunks) if (chunk.traits !== null) yield { chunk };
}

function orderOf(queue: Queue): DeliveryOrder {
  queue.order ??= new DeliveryOrder(queue);
  return queue.order;
}
