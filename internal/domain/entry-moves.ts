// What several events do to one message of a queue: find it, end its lease, take it out for good.

import { invariant } from './assert.ts';
import { DEAD, LEASED, lengthAt, type Place, positionAt, statusAt, WAITING } from './entry-table.ts';
import type { Position, QueueId, Sequence } from './ids.ts';
import type { Queue } from './queue.ts';
import type { State } from './state.ts';

/** Told which blocks an entry keeps alive, so that the journal knows what it may drop. */
export interface BlockLedger {
  retain(position: Position, bytes: number): void;
  release(position: Position, bytes: number): void;
}

export function queueOf(state: State, id: QueueId): Queue {
  const queue = state.queues.get(id);
  invariant(queue !== undefined, `queue ${id} is declared`);
  return queue;
}

export function entryOf(queue: Queue, sequence: Sequence): Place {
  const place = queue.entries.find(sequence);
  invariant(place !== null, `queue ${queue.id} holds message ${sequence}`);
  return place;
}

/** Ends the lease of an entry, if it has one. */
export function endLease(state: State, queue: Queue, sequence: Sequence): void {
  const lease = queue.leases.get(sequence);
  if (lease === undefined) return;
  queue.leases.delete(sequence);
  state.leases.remove(lease);
}

export function settle(state: State, queue: Queue, sequence: Sequence, ledger: BlockLedger): void {
  const place = entryOf(queue, sequence);
  const status = statusAt(place);
  if (status === LEASED) endLease(state, queue, sequence);
  else if (status === WAITING) queue.waiting -= 1;
  else if (status === DEAD) {
    queue.dead.delete(sequence);
    state.deadLetters -= 1;
    state.deadLetterBytes -= lengthAt(place);
  }
  if (queue.histories.size > 0) queue.histories.delete(sequence);
  if (queue.unreadable.size > 0) queue.unreadable.delete(sequence);
  const length = lengthAt(place);
  queue.bytes -= length;
  ledger.release(positionAt(place), length);
  queue.entries.remove(place);
}
