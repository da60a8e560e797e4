// Applies what has happened. The only code that changes durable state: the running broker, recovery and the
// simulator all come through here. A throw stops the process, because memory and journal would disagree.

import { assertNever, InvariantError, invariant } from './assert.ts';
import { detach } from './attachment.ts';
import { type BlockLedger, endLease, entryOf, queueOf, settleAll } from './entry-moves.ts';
import {
  FAILED_COUNT_MAX,
  failedAt,
  lengthAt,
  offsetAt,
  type Place,
  positionAt,
  READY,
  RETURNED_COUNT_MAX,
  returnedAt,
  WAITING,
} from './entry-table.ts';
import type { Accepted, Event, Failed, Leased, Relocated } from './event.ts';
import { consumerSteered } from './evolve-consumer.ts';
import { cronFired, evolveCron } from './evolve-cron.ts';
import { evolveJob } from './evolve-job.ts';
import { deadLettered, keepNotes, redriven } from './evolve-letter.ts';
import { evolveQueue } from './evolve-queue.ts';
import { beginWait, breakWait, keepTimes, rescheduled, watchExpiry } from './evolve-times.ts';
import { keepTraits, makeReady, orderFailed, orderLeased } from './evolve-traits.ts';
import {
  asDeliveryId,
  asProducerId,
  asSequence,
  asSessionId,
  NO_PRODUCER,
  type Position,
  type Sequence,
} from './ids.ts';
import { oweCopies, settleCopies } from './letter-copy.ts';
import { Producer } from './producer.ts';
import type { Queue } from './queue.ts';
import { Session } from './session.ts';
import type { State } from './state.ts';

/** Where the event stands; `offset` is that of its first block in the group's block section. */
export interface EventPlace {
  readonly position: Position;
  readonly offset: number;
}

export function evolve(state: State, event: Event, at: EventPlace, ledger: BlockLedger): void {
  state.applying = at.position;
  switch (event.type) {
    case 'accepted':
      return accepted(state, event, at, ledger);
    case 'leased':
      return leased(state, event);
    case 'settled':
    case 'expired':
    case 'cancelled': {
      const queue = queueOf(state, event.queue);
      settleAll(state, queue, event.sequences, ledger);
      // A lane may go on.
      if (queue.order !== null) state.wake([queue]);
      return;
    }
    case 'rescheduled':
      return rescheduled(state, queueOf(state, event.queue), event);
    case 'failed':
      return failed(state, event);
    case 'returned': {
      const queue = queueOf(state, event.queue);
      for (const sequence of event.sequences) giveBack(state, queue, sequence);
      return;
    }
    case 'dead-lettered':
      return deadLettered(state, event);
    case 'extended':
      for (const delivery of event.deliveries) {
        if (state.leases.has(delivery)) state.leases.extend(delivery, event.deadlineMs);
      }
      return;
    case 'leases-shifted':
      return state.leases.shift(event.byMs);
    case 'delivery-ids-reserved':
      state.reservedThrough = event.through;
      return;
    case 'session-opened': {
      const { session, tenant, consumer, tokenHash, resumable } = event;
      const opened = new Session(session, tenant, consumer, tokenHash, resumable);
      opened.steering = state.steered.of(tenant, consumer);
      state.sessions.set(session, opened);
      state.nextSession = asSessionId(Math.max(state.nextSession, session + 1));
      return;
    }
    case 'session-closed': {
      const session = state.sessions.get(event.session);
      invariant(session !== undefined, `session ${event.session} is open`);
      for (const lease of session.leases()) giveBack(state, lease.queue, lease.sequence);
      detach(state, session);
      state.sessions.delete(event.session);
      return;
    }
    case 'producer-opened': {
      const { producer, tenant, epoch, tokenHash, atMs } = event;
      const known = state.producers.get(producer);
      state.producers.set(producer, new Producer(producer, tenant, epoch, tokenHash, atMs, known?.window));
      state.nextProducer = asProducerId(Math.max(state.nextProducer, producer + 1));
      return;
    }
    case 'producer-expired':
      state.producers.delete(event.producer);
      return;
    case 'cron-declared':
    case 'cron-removed':
    case 'cron-steered':
    case 'cron-passed':
      return evolveCron(state.crons, event);
    case 'queue-declared':
    case 'queue-deleted':
    case 'queue-purged':
    case 'queue-paused':
    case 'queue-draining':
    case 'queue-idle':
    case 'key-paused':
    case 'key-released':
    case 'route-added':
    case 'route-shaped':
    case 'route-removed':
      return evolveQueue(state, event, ledger);
    case 'consumer-steered':
      return consumerSteered(state, event);
    case 'imported':
      state.imports.add(event.digest);
      return;
    case 'redriven':
      return redriven(state, event);
    case 'schema-added':
      state.schemas.set(event.name, { name: event.name, text: event.text, atMs: event.atMs });
      return;
    case 'schema-removed':
      state.schemas.delete(event.name);
      return;
    case 'copy-owed':
      return oweCopies(state, event.queue, event.sequences);
    case 'copy-dropped':
      return settleCopies(state, event.queue, event.sequences);
    case 'dead-letters-purged':
      return settleAll(state, queueOf(state, event.queue), event.sequences, ledger);
    case 'operator-action':
      state.lastAction = at.position;
      return;
    case 'job-started':
    case 'job-moved':
    case 'job-ended':
      return evolveJob(state, event);
    case 'relocated':
      return relocated(state, event, at, ledger);
    case 'traits-carried':
      return;
    case 'started':
      state.epoch = event.epoch;
      state.nextDelivery = state.reservedThrough;
      return;
    default:
      return assertNever(event);
  }
}

function accepted(state: State, event: Accepted, at: EventPlace, ledger: BlockLedger): void {
  const sets = event.sets.map((set) => set.map((id) => queueOf(state, id)));
  const { lengths, firstSequence, atMs } = event;
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) retainRun(event, only, at, ledger);
  else retainEach(event, sets, at, ledger);
  if (event.times !== undefined) keepTimes(state, event, event.times, sets);
  if (event.fired !== undefined) cronFired(state.crons, event, event.fired);
  if (event.traits !== undefined) keepTraits(event, event.traits, sets);
  if (event.notes !== undefined) keepNotes(state, event, event.notes);
  for (const set of sets) state.wake(set);
  state.nextSequence = asSequence(Math.max(state.nextSequence, firstSequence + lengths.length));
  if (event.producer === NO_PRODUCER) return;
  const producer = state.producers.get(event.producer);
  invariant(producer !== undefined, `producer ${event.producer} is open`);
  producer.window.mark(event.firstProducerSequence, lengths.length);
  producer.lastUsedMs = atMs;
}

/** All go to the same queues. */
function retainRun(event: Accepted, queues: readonly Queue[], at: EventPlace, ledger: BlockLedger): void {
  const { lengths, firstSequence, atMs } = event;
  const run = { firstSequence, position: at.position, lengths, acceptedAtMs: atMs };
  let bytes = 0;
  for (let i = 0; i < lengths.length; i += 1) bytes += lengths[i] as number;
  for (const queue of queues) {
    queue.entries.appendRun(run, at.offset);
    queue.bytes += bytes;
    queue.usage.add(lengths.length, bytes);
  }
  ledger.retain(at.position, bytes * queues.length, lengths.length * queues.length);
}

function retainEach(event: Accepted, sets: readonly (readonly Queue[])[], at: EventPlace, ledger: BlockLedger): void {
  const { lengths, setOf, firstSequence, atMs } = event;
  let { offset } = at;
  let bytes = 0;
  let entries = 0;
  for (let i = 0; i < lengths.length; i += 1) {
    const length = lengths[i] as number;
    const set = sets[setOf[i] as number] as readonly Queue[];
    for (const queue of set) {
      queue.entries.append(asSequence(firstSequence + i), at.position, offset, length, atMs);
      queue.bytes += length;
      queue.usage.add(1, length);
    }
    bytes += length * set.length;
    entries += set.length;
    offset += length;
  }
  ledger.retain(at.position, bytes, entries);
}

function leased(state: State, event: Leased): void {
  const queue = queueOf(state, event.queue);
  const session = state.sessions.get(event.session);
  invariant(session !== undefined, `session ${event.session} is open`);
  const { firstDelivery, sequences, deadlineMs } = event;
  const bytes: number[] = [];
  let sum = 0;
  let delivery: number = firstDelivery;
  for (let i = 0; i < sequences.length; i += 1) {
    const { chunk, row } = entryOf(queue, sequences[i] as Sequence);
    const status = chunk.status[row];
    if (status === WAITING) breakWait(state, queue, { chunk, row });
    else if (status !== READY) throw new InvariantError(`message ${sequences[i]} is leased while status is ${status}`);
    if (chunk.traits !== null) orderLeased(queue, { chunk, row });
    chunk.lease(row, delivery);
    const length = chunk.length[row] as number;
    bytes.push(length);
    sum += length;
    delivery += 1;
  }
  queue.leased += sequences.length;
  queue.usage.lease(sequences.length, sum);
  state.leases.open({ first: firstDelivery, queue, session, deadlineMs, sequences, bytes });
  state.nextDelivery = asDeliveryId(Math.max(state.nextDelivery, delivery));
}

function failed(state: State, event: Failed): void {
  const queue = queueOf(state, event.queue);
  const place = entryOf(queue, event.sequence);
  endLease(state, queue, place);
  const count = Math.min(FAILED_COUNT_MAX, failedAt(place) + 1);
  place.chunk.setCounts(place.row, count, returnedAt(place));
  orderFailed(queue, place);
  beginWait(state, queue, place, event.retryAtMs);
  const history = queue.histories.get(event.sequence);
  if (history === undefined) queue.histories.set(event.sequence, [event.record]);
  else {
    // With full dead letters a message fails for ever: the latest attempts are what its history tells then.
    if (history.length >= FAILED_COUNT_MAX) history.shift();
    history.push(event.record);
  }
  watchExpiry(state, queue, place);
}

function giveBack(state: State, queue: Queue, sequence: Sequence): void {
  const place = entryOf(queue, sequence);
  endLease(state, queue, place);
  place.chunk.setCounts(place.row, failedAt(place), Math.min(RETURNED_COUNT_MAX, returnedAt(place) + 1));
  makeReady(queue, place);
  watchExpiry(state, queue, place);
  state.wake([queue]);
}

function relocated(state: State, event: Relocated, at: EventPlace, ledger: BlockLedger): void {
  for (const { queue: id } of event.entries) {
    const place = state.queues.get(id)?.entries.find(event.sequence) ?? null;
    if (place === null) continue;
    ledger.release(positionAt(place), lengthAt(place));
    place.chunk.move(place.row, at.position, at.offset);
    ledger.retain(at.position, lengthAt(place));
  }
}

/** Block of an entry, as the body window addresses it. */
export const blockAt = (place: Place): { position: Position; offset: number; length: number } => ({
  position: positionAt(place),
  offset: offsetAt(place),
  length: lengthAt(place),
});
