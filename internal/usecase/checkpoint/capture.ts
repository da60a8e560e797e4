// What a checkpoint holds, taken in one step between two turns: numbers are copied, immutable objects are shared, so
// that the loop is held only for the copying and no second copy of the per-message state is made. Live messages are
// named as runs of sequences; their places are told by the segments.

import type { Cron } from '../../domain/cron.ts';
import { type EntryTable, WAITING } from '../../domain/entry-table.ts';
import type { AttemptRecord, QueueOrigin } from '../../domain/event.ts';
import type { Position, QueueId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import type { DeadLetter } from '../../domain/queue.ts';
import type { QueuePolicy } from '../../domain/queue-policy.ts';
import type { Route } from '../../domain/route.ts';
import type { RegisteredSchema } from '../../domain/schema.ts';
import type { State } from '../../domain/state.ts';
import type { SteeredConsumer } from '../../domain/steered-consumers.ts';

export interface CapturedScalars {
  readonly epoch: number;
  readonly nextSequence: number;
  readonly nextQueue: number;
  readonly nextRoute: number;
  readonly nextProducer: number;
  readonly nextSession: number;
  readonly reservedThrough: number;
  readonly imports: readonly string[];
  readonly nextJob: number;
  /** Numbers of removed schedules are not used again. Absent in checkpoints of before there were any. */
  readonly nextCron?: number;
  readonly jobs: readonly Job[];
  readonly steered: readonly SteeredConsumer[];
}

export interface CapturedQueue {
  readonly id: QueueId;
  readonly tenant: string;
  readonly name: string;
  readonly policy: QueuePolicy;
  readonly origin: QueueOrigin;
  readonly idleSinceMs: number;
  readonly paused: boolean;
  readonly draining: boolean;
  /** Number and text of each partition key that is paused. */
  readonly pausedKeys?: readonly (readonly [key: number, text: string])[];
  /** First and last of each run, in turn. */
  readonly runs: readonly number[];
  /** Sequence, failed, returned, in turn, of the entries that have such counts. */
  readonly counts: readonly number[];
  readonly dead: readonly (readonly [sequence: number, letter: DeadLetter])[];
  readonly histories: readonly (readonly [sequence: number, history: readonly AttemptRecord[]])[];
}

export interface CapturedSession {
  readonly id: number;
  readonly tenant: string;
  readonly consumer: string;
  readonly tokenHash: string;
  readonly resumable: boolean;
}

export interface CapturedProducer {
  readonly id: number;
  readonly tenant: string;
  readonly epoch: number;
  readonly tokenHash: string;
  readonly lastUsedMs: number;
  readonly highest: number;
  readonly bits: Uint32Array;
}

export interface Capture {
  readonly position: Position;
  readonly scalars: CapturedScalars;
  readonly queues: readonly CapturedQueue[];
  readonly routes: readonly Route[];
  readonly sessions: readonly CapturedSession[];
  readonly producers: readonly CapturedProducer[];
  /** Time, queue, sequence, failed, in turn. */
  readonly retries: Float64Array;
  /** Queue, sequence, time, in turn. */
  readonly expiries: Float64Array;
  readonly schemas: readonly RegisteredSchema[];
  /** Queue, sequence, in turn. */
  readonly copiesOwed: Float64Array;
  /** Delivery, queue, sequence, session, deadline, in turn. */
  readonly leases: Float64Array;
  readonly crons: readonly Cron[];
}

export const LEASE_NUMBERS = 5;
export const EXPIRY_NUMBERS = 3;
export const RETRY_NUMBERS = 4;

export function capture(state: State, position: Position): Capture {
  return {
    position,
    scalars: {
      epoch: state.epoch,
      nextSequence: state.nextSequence,
      nextQueue: state.nextQueue,
      nextRoute: state.nextRoute,
      nextProducer: state.nextProducer,
      nextSession: state.nextSession,
      reservedThrough: state.reservedThrough,
      imports: [...state.imports],
      nextJob: state.nextJob,
      nextCron: state.crons.nextId,
      jobs: [...state.jobs.values()],
      steered: [...state.steered.all.values()],
    },
    queues: [...state.queues.values()].map((queue) => ({
      id: queue.id,
      tenant: queue.tenant,
      name: queue.name,
      policy: queue.policy,
      origin: queue.origin,
      idleSinceMs: queue.idleSinceMs,
      paused: queue.paused,
      draining: queue.draining,
      ...(queue.pausedKeys.size === 0 ? {} : { pausedKeys: [...queue.pausedKeys] }),
      runs: runsOf(queue.entries),
      counts: countsOf(queue.entries),
      dead: [...queue.dead],
      histories: [...queue.histories].map(([sequence, history]) => [sequence, [...history]] as const),
    })),
    routes: [...state.routes.values()],
    sessions: [...state.sessions.values()].map(({ id, tenant, consumer, tokenHash, resumable }) => ({
      id,
      tenant,
      consumer,
      tokenHash,
      resumable,
    })),
    producers: [...state.producers.values()].map(({ id, tenant, epoch, tokenHash, lastUsedMs, window }) => ({
      id,
      tenant,
      epoch,
      tokenHash,
      lastUsedMs,
      highest: window.highest,
      bits: window.bits.slice(),
    })),
    retries: retriesOf(state),
    expiries: expiriesOf(state),
    leases: leasesOf(state),
    schemas: [...state.schemas.values()],
    copiesOwed: Float64Array.from(
      [...state.copiesOwed].flatMap(([queue, owed]) => [...owed].flatMap((sequence) => [queue, sequence])),
    ),
    crons: [...state.crons.all.values()],
  };
}

type Entries = EntryTable;

function runsOf(entries: Entries): number[] {
  const runs: number[] = [];
  for (const [first, last] of entries.runs()) runs.push(first, last);
  return runs;
}

function countsOf(entries: Entries): number[] {
  const counts: number[] = [];
  for (const chunk of entries.chunks) {
    if (!chunk.touched) continue;
    for (let row = 0; row < chunk.count; row += 1) {
      const failed = chunk.failedOf(row);
      const returned = chunk.returnedOf(row);
      if (chunk.status[row] === 0 || (failed === 0 && returned === 0)) continue;
      counts.push(chunk.sequenceOf(row), failed, returned);
    }
  }
  return counts;
}

function retriesOf(state: State): Float64Array {
  let waiting = 0;
  for (const queue of state.queues.values()) waiting += queue.waiting;
  const numbers = new Float64Array(waiting * RETRY_NUMBERS);
  let at = 0;
  for (const queue of state.queues.values()) {
    for (const chunk of queue.waiting === 0 ? [] : queue.entries.chunks) {
      for (let row = 0; chunk.waits && row < chunk.count; row += 1) {
        if (chunk.status[row] !== WAITING) continue;
        numbers[at] = chunk.dueOf(row);
        numbers[at + 1] = queue.id;
        numbers[at + 2] = chunk.sequenceOf(row);
        numbers[at + 3] = chunk.failedOf(row);
        at += RETRY_NUMBERS;
      }
    }
  }
  return numbers;
}

function expiriesOf(state: State): Float64Array {
  const found: number[] = [];
  for (const queue of state.queues.values()) {
    for (const chunk of queue.entries.chunks) {
      if (!chunk.expiring) continue;
      for (let row = 0; row < chunk.count; row += 1) {
        const atMs = chunk.expiresOf(row);
        if (atMs > 0 && chunk.status[row] !== 0) found.push(queue.id, chunk.sequenceOf(row), atMs);
      }
    }
  }
  return Float64Array.from(found);
}

function leasesOf(state: State): Float64Array {
  const leases = new Float64Array(state.leases.size * LEASE_NUMBERS);
  let at = 0;
  for (const lease of state.leases.all()) {
    leases[at] = lease.delivery;
    leases[at + 1] = lease.queue.id;
    leases[at + 2] = lease.sequence;
    leases[at + 3] = lease.session.id;
    leases[at + 4] = lease.deadlineMs;
    at += LEASE_NUMBERS;
  }
  return leases;
}
