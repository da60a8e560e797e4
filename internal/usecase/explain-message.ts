// Why one message is not further: what is in its own way first, then what is in its queue's, by the scheduler's own look.

import { leaseOf } from '../domain/entry-moves.ts';
import {
  DEAD,
  dueAt,
  failedAt,
  LEASED,
  type Place,
  positionAt,
  sequenceAt,
  statusAt,
  WAITING,
} from '../domain/entry-table.ts';
import { hasExpired } from '../domain/evolve-times.ts';
import type { Sequence } from '../domain/ids.ts';
import type { Queue } from '../domain/queue.ts';
import { outlook } from '../domain/rules/deliver.ts';
import type { State } from '../domain/state.ts';
import type { Bodies } from './bodies.ts';
import { reasonOf } from './explain.ts';
import type { Journal } from './ports/journal.ts';
import { named, type Told } from './told.ts';

/**
 * One word beside those of the queue: `leased`, `behind` (others go first; the queue says what they wait for), `overdue` (its
 * time is over), `dead_letter`. Null where the queue does not have it.
 */
export function whyMessage(
  state: State,
  queue: Queue,
  sequence: Sequence,
  journal: Journal,
  bodies: Bodies,
  nowMs: number,
): Told | null {
  const place = queue.entries.find(sequence);
  if (place === null) return null;
  switch (statusAt(place)) {
    case DEAD:
      return deadLetter(queue, sequence);
    case LEASED:
      return leased(state, queue, sequence, nowMs);
    case WAITING:
      return hasExpired(place, nowMs) ? overdue(state, queue) : waiting(place, nowMs);
    default:
      return hasExpired(place, nowMs) ? overdue(state, queue) : ready(state, queue, place, journal, bodies, nowMs);
  }
}

function ready(state: State, queue: Queue, place: Place, journal: Journal, bodies: Bodies, nowMs: number): Told {
  if (queue.unreadable.has(sequenceAt(place))) {
    return {
      reason: 'unreadable',
      detail: 'its body is damaged on disk',
      next_step: `look at the log, restore a backup, or purge it: tachyon queues purge ${named(queue)} --confirm PURGE`,
    };
  }
  const ahead = outlook(state, queue, journal.durable, bodies);
  const isNext =
    ahead.type === 'open'
      ? sequenceAt(ahead.head) === sequenceAt(place)
      : !('position' in ahead) || ahead.position === positionAt(place);
  const ofQueue = reasonOf(state, queue, journal, bodies, nowMs);
  if (isNext) return ofQueue;
  return { reason: 'behind', detail: `others go first; of the queue: ${ofQueue.reason}`, next_step: ofQueue.next_step };
}

function leased(state: State, queue: Queue, sequence: Sequence, nowMs: number): Told {
  const lease = leaseOf(state, queue, sequence);
  const { consumer = '', peer = null, graceUntilMs = 0 } = lease?.session ?? {};
  const leftMs = (untilMs: number): number => Math.max(0, Math.ceil(untilMs - nowMs));
  if (peer !== null) {
    const detail = `consumer "${consumer}" has it, for at most ${leftMs(lease?.deadlineMs ?? 0)} ms more`;
    return { reason: 'leased', detail, next_step: '' };
  }
  const back = leftMs(Math.min(graceUntilMs, lease?.deadlineMs ?? 0));
  const detail = `consumer "${consumer}" has it and is away, and it comes back in at most ${back} ms`;
  return { reason: 'consumer_away', detail, next_step: 'start it again, or wait' };
}

function waiting(place: Place, nowMs: number): Told {
  const failed = failedAt(place);
  const detail = `${failed === 0 ? 'it is due' : `it failed ${failed} times, and is tried again`} in ${Math.max(0, Math.round(dueAt(place) - nowMs))} ms`;
  return { reason: failed === 0 ? 'scheduled' : 'waiting_retry', detail, next_step: '' };
}

function overdue({ storageBlocked }: State, queue: Queue): Told {
  if (storageBlocked && queue.policy.expired === 'dead-letter') {
    return {
      reason: 'storage_full',
      detail: 'its time is over, and the disk may have no room to make a dead letter of it',
      next_step: `make room on the disk, or give it up: tachyon queues purge ${named(queue)} --confirm PURGE`,
    };
  }
  return { reason: 'overdue', detail: 'its time is over: the next turn takes it out', next_step: '' };
}

function deadLetter(queue: Queue, sequence: Sequence): Told {
  const letter = queue.dead.get(sequence);
  return {
    reason: 'dead_letter',
    detail: `${letter?.cause ?? ''}: ${letter?.reason ?? ''}`,
    next_step: `tachyon dlq list --queue ${named(queue)}, then inspect it, and replay or purge it`,
  };
}
