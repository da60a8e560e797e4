// What is true of classes and lanes between any two commands: seen from the rows, message by message. O(n), as the other
// invariants are.

import { invariant } from './assert.ts';
import type { DeliveryOrder } from './delivery-order.ts';
import { classAt, DEAD, hasTraits, LEASED, laneAt, type Place, READY, sequenceAt, statusAt } from './entry-table.ts';
import { NO_LANE } from './message-traits.ts';
import type { Queue } from './queue.ts';

export function checkOrder(queue: Queue): void {
  const { name, order } = queue;
  if (order === null && queue.entries.chunks.every(({ traits }) => traits === null)) return;
  const byLane = new Map<number, Place[]>();
  for (const place of queue.entries.places()) {
    if (!hasTraits(place) || statusAt(place) === DEAD) continue;
    if (order === null)
      return invariant(false, `messages with traits have an order: ${sequenceAt(place)} of "${name}"`);
    const key = order.keyed ? laneAt(place) : NO_LANE;
    if (key !== NO_LANE) byLane.set(key, [...(byLane.get(key) ?? []), place]);
    else if (statusAt(place) === READY && !queue.unreadable.has(sequenceAt(place))) {
      const stands = order.standsIn(classAt(place), sequenceAt(place));
      invariant(stands, `a ready message stands among the heads of its class: ${sequenceAt(place)} of "${name}"`);
    }
  }
  if (order === null) return;
  invariant(order.lanes.size === byLane.size, `lanes of "${name}": ${order.lanes.size}, seen ${byLane.size}`);
  for (const [key, places] of byLane) checkLane(queue, order, key, places);
}

function checkLane(queue: Queue, order: DeliveryOrder, key: number, places: readonly Place[]): void {
  const lane = order.lanes.get(key);
  if (lane === undefined) return invariant(false, `lane ${key} of "${queue.name}" is known`);
  invariant(lane.count === places.length, `lane ${key} counts its messages: ${lane.count}, seen ${places.length}`);
  const out = places.filter((place) => statusAt(place) === LEASED).map(sequenceAt);
  invariant(out.length <= 1, `one message of lane ${key} is out: ${out.join(', ')}`);
  invariant((out[0] ?? 0) === lane.out, `lane ${key} knows what is out: ${lane.out}, seen ${out[0] ?? 0}`);
  for (const place of places) {
    if (statusAt(place) !== READY) continue;
    invariant(lane.members.items.includes(sequenceAt(place)), `message ${sequenceAt(place)} has joined lane ${key}`);
  }
  const head = order.headOf(lane);
  const waits = lane.out !== 0 || lane.settling || queue.pausedKeys.has(key);
  if (head === null || waits || statusAt(head) !== READY || queue.unreadable.has(sequenceAt(head))) return;
  const stands = order.standsIn(classAt(head), sequenceAt(head));
  invariant(stands, `the head of lane ${key} is offered: ${sequenceAt(head)} of "${queue.name}"`);
}
