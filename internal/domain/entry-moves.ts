// What several events do to one message of a queue: find it, end its lease, take it out for good.

import { InvariantError, invariant } from './assert.ts';
import { DEAD, deliveryAt, GONE, LEASED, lengthAt, type Place, statusAt, WAITING } from './entry-table.ts';
import { breakWait, forgetExpiry } from './evolve-times.ts';
import { orderBack, orderGone } from './evolve-traits.ts';
import { asDeliveryId, asPosition, NO_POSITION, type Position, type QueueId, type Sequence } from './ids.ts';
import type { Lease } from './lease-table.ts';
import type { Queue } from './queue.ts';
import type { State } from './state.ts';

/** Told which blocks an entry keeps alive, so that the journal knows what it may drop. */
export interface BlockLedger {
  /** `entries`: of how many messages; default 1. */
  retain(position: Position, bytes: number, entries?: number): void;
  release(position: Position, bytes: number, entries?: number): void;
}

export function queueOf(state: State, id: QueueId): Queue {
  const queue = state.queues.get(id);
  invariant(queue !== undefined, `queue ${id} is declared`);
  return queue;
}

export function entryOf(queue: Queue, sequence: Sequence): Place {
  const place = queue.entries.find(sequence);
  if (place === null) throw absent(queue, sequence);
  return place;
}

/** Ends the lease of an entry, if it has one. */
export function endLease(state: State, queue: Queue, place: Place): void {
  if (statusAt(place) !== LEASED) return;
  orderBack(queue, place);
  queue.leased -= 1;
  queue.usage.lease(-1, -lengthAt(place));
  state.leases.end(deliveryAt(place));
}

/** The lease of a message, if it has one. */
export function leaseOf(state: State, queue: Queue, sequence: Sequence): Lease | undefined {
  const place = queue.entries.find(sequence);
  return place !== null && statusAt(place) === LEASED ? state.leases.get(deliveryAt(place)) : undefined;
}

/** All leases of a queue, in the order of its messages. */
export function leasesOf(state: State, queue: Queue): Lease[] {
  const leases: Lease[] = [];
  if (queue.leased === 0) return leases;
  for (const place of queue.entries.places()) {
    const lease = statusAt(place) === LEASED ? state.leases.get(deliveryAt(place)) : undefined;
    if (lease !== undefined) leases.push(lease);
  }
  return leases;
}

/** Takes messages out for good. Neighbours of one group are booked together. */
export function settleAll(state: State, queue: Queue, sequences: readonly Sequence[], ledger: BlockLedger): void {
  const { entries, histories, unreadable } = queue;
  let position = NO_POSITION;
  let bytes = 0;
  let count = 0;
  let [left, leftBytes, ended, endedBytes] = [0, 0, 0, 0];
  for (let i = 0; i < sequences.length; i += 1) {
    const sequence = sequences[i] as Sequence;
    const chunk = entries.chunkOf(sequence);
    const row = chunk === null ? -1 : chunk.find(sequence);
    if (chunk === null || row < 0 || chunk.status[row] === GONE) throw absent(queue, sequence);
    const length = chunk.length[row] as number;
    const at = chunk.positionOf(row);
    if (chunk.traits !== null) orderGone(queue, { chunk, row }, state.applying);
    switch (chunk.status[row]) {
      case LEASED:
        queue.leased -= 1;
        ended += 1;
        endedBytes += length;
        state.leases.end(asDeliveryId(chunk.deliveryOf(row)));
        break;
      case WAITING:
        breakWait(state, queue, { chunk, row });
        break;
      case DEAD:
        queue.dead.delete(sequence);
        state.deadLetters -= 1;
        state.deadLetterBytes -= length;
        left -= 1;
        leftBytes -= length;
        break;
      default:
    }
    if (chunk.expiring) forgetExpiry(state, { chunk, row });
    if (histories.size > 0) histories.delete(sequence);
    if (unreadable.size > 0) unreadable.delete(sequence);
    queue.bytes -= length;
    left += 1;
    leftBytes += length;
    if (at !== position && count > 0) {
      ledger.release(position, bytes, count);
      bytes = 0;
      count = 0;
    }
    position = asPosition(at);
    bytes += length;
    count += 1;
    entries.remove(chunk, row);
  }
  if (count > 0) ledger.release(position, bytes, count);
  queue.usage.add(-left, -leftBytes);
  if (ended > 0) queue.usage.lease(-ended, -endedBytes);
}

const absent = (queue: Queue, sequence: Sequence): InvariantError =>
  new InvariantError(`queue ${queue.id} holds message ${sequence}`);
