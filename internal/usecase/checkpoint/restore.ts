// The state from a checkpoint and the rows of the segments: the checkpoint says which messages live and what had
// become of them, the `accepted` and `relocated` rows say where their blocks stand.
// Every live message must find its row: one that does not is damage that nothing else would notice.

import { invariant } from '../../domain/assert.ts';
import type { BlockLedger } from '../../domain/entry-moves.ts';
import { DEAD, lengthAt, READY } from '../../domain/entry-table.ts';
import type { Accepted, Relocated } from '../../domain/event.ts';
import type { EventPlace } from '../../domain/evolve.ts';
import { beginWait, watchExpiry } from '../../domain/evolve-times.ts';
import { rebuildOrder } from '../../domain/evolve-traits.ts';
import {
  asCronId,
  asDeliveryId,
  asPosition,
  asProducerId,
  asQueueId,
  asRouteId,
  asSequence,
  asSessionId,
  type QueueId,
} from '../../domain/ids.ts';
import { oweCopies } from '../../domain/letter-copy.ts';
import type { TraitsCarried } from '../../domain/message-traits.ts';
import { Producer } from '../../domain/producer.ts';
import { Queue, queueKey } from '../../domain/queue.ts';
import { SequenceWindow } from '../../domain/sequence-window.ts';
import { Session } from '../../domain/session.ts';
import type { State } from '../../domain/state.ts';
import { EXPIRY_NUMBERS, LEASE_NUMBERS, RETRY_NUMBERS } from './capture.ts';
import type { DecodedCapture } from './codec.ts';
import { LiveRows } from './live-rows.ts';
import { LostMessage } from './lost-message.ts';

export class Restoration {
  readonly #state: State;
  readonly #capture: DecodedCapture;
  readonly #ledger: BlockLedger;
  readonly #rows = new Map<QueueId, LiveRows>();
  /** Of messages whose accept may be gone. */
  readonly #carried: TraitsCarried[] = [];

  constructor(state: State, capture: DecodedCapture, ledger: BlockLedger) {
    this.#state = state;
    this.#capture = capture;
    this.#ledger = ledger;
    for (const queue of capture.queues) this.#rows.set(queue.id, new LiveRows(queue.runs));
  }

  accepted(event: Accepted, at: EventPlace): void {
    const { firstSequence, lengths, setOf, sets, atMs, traits = [] } = event;
    const living = sets.map((set) => set.flatMap((id) => this.#rows.get(id) ?? []));
    let offset = at.offset;
    for (let i = 0; i < lengths.length; i += 1) {
      const length = lengths[i] as number;
      for (const rows of living[setOf[i] as number] as readonly LiveRows[]) {
        rows.offer(firstSequence + i, at.position, offset, length, atMs);
      }
      offset += length;
    }
    for (const one of traits) {
      for (const rows of living[setOf[one.index] as number] as readonly LiveRows[]) {
        rows.mark(firstSequence + one.index, one);
      }
    }
  }

  traitsCarried(event: TraitsCarried): void {
    this.#carried.push(event);
  }

  relocated(event: Relocated, at: EventPlace): void {
    for (const { queue, acceptedAtMs } of event.entries) {
      this.#rows.get(queue)?.offer(event.sequence, at.position, at.offset, event.length, acceptedAtMs);
    }
  }

  /** All rows were offered: builds the state as it was at the checkpoint. */
  finish(): void {
    this.#scalars();
    this.#queues();
    this.#routes();
    this.#peers();
    this.#leasesAndRetries();
    for (const cron of this.#capture.crons) this.#state.crons.put(cron);
    this.#orders();
  }

  #scalars(): void {
    const { scalars } = this.#capture;
    const state = this.#state;
    state.epoch = scalars.epoch;
    state.nextSequence = asSequence(scalars.nextSequence);
    state.nextQueue = asQueueId(scalars.nextQueue);
    state.nextRoute = asRouteId(scalars.nextRoute);
    state.nextProducer = asProducerId(scalars.nextProducer);
    state.nextSession = asSessionId(scalars.nextSession);
    state.reservedThrough = asDeliveryId(scalars.reservedThrough);
    state.nextDelivery = state.reservedThrough;
    for (const digest of scalars.imports) state.imports.add(digest);
    // Checkpoints of the first broker knew no jobs.
    state.nextJob = scalars.nextJob ?? 1;
    state.crons.nextId = asCronId(scalars.nextCron ?? 1);
    for (const job of scalars.jobs ?? []) state.jobs.set(job.id, job);
    for (const { tenant, consumer, steering } of scalars.steered ?? []) state.steered.set(tenant, consumer, steering);
  }

  #queues(): void {
    for (const captured of this.#capture.queues) {
      const { id, tenant, name, policy, origin, idleSinceMs } = captured;
      const rows = this.#rows.get(id);
      invariant(rows !== undefined, `queue ${id} has rows`);
      let bytes = 0;
      rows.drain((_sequence, position, _offset, length) => {
        bytes += length;
        this.#ledger.retain(asPosition(position), length);
      });
      const queue = new Queue(id, tenant, name, policy, origin, rows.table);
      queue.bytes = bytes;
      this.#state.usage.join(queue);
      queue.usage.add(queue.entries.size, bytes);
      queue.idleSinceMs = idleSinceMs;
      // Checkpoints of the first broker knew neither.
      queue.paused = captured.paused ?? false;
      queue.draining = captured.draining ?? false;
      if (queue.draining) this.#state.drainingQueues.add(id);
      for (const [key, text] of captured.pausedKeys ?? []) queue.pausedKeys.set(key, text);
      this.#state.queues.set(id, queue);
      this.#state.queuesByName.set(queueKey(tenant, name), queue);
      for (let at = 0; at < captured.counts.length; at += 3) {
        const [sequence, failed, returned] = captured.counts.slice(at, at + 3) as [number, number, number];
        const place = queue.entries.find(asSequence(sequence));
        if (place === null) throw missing(queue.name, sequence);
        place.chunk.setCounts(place.row, failed, returned);
      }
      for (const [sequence, letter] of captured.dead) {
        const place = queue.entries.find(asSequence(sequence));
        if (place === null) throw missing(queue.name, sequence);
        place.chunk.status[place.row] = DEAD;
        queue.dead.set(asSequence(sequence), letter);
        this.#state.deadLetters += 1;
        this.#state.deadLetterBytes += lengthAt(place);
        queue.usage.add(-1, -lengthAt(place));
      }
      for (const [sequence, history] of captured.histories) queue.histories.set(asSequence(sequence), [...history]);
    }
    this.#rows.clear();
  }

  #routes(): void {
    for (const schema of this.#capture.schemas) this.#state.schemas.set(schema.name, schema);
    for (const route of this.#capture.routes) {
      this.#state.routes.set(route.route, route);
      this.#state.routeIndex.add(route);
      const ofQueue = this.#state.routesOfQueue.get(route.queue);
      if (ofQueue === undefined) this.#state.routesOfQueue.set(route.queue, new Set([route.route]));
      else ofQueue.add(route.route);
    }
  }

  #peers(): void {
    for (const { id, tenant, consumer, tokenHash, resumable } of this.#capture.sessions) {
      const session = new Session(asSessionId(id), tenant, consumer, tokenHash, resumable);
      session.steering = this.#state.steered.of(tenant, consumer);
      this.#state.sessions.set(session.id, session);
    }
    for (const { id, tenant, epoch, tokenHash, lastUsedMs, highest, bits } of this.#capture.producers) {
      const window = new SequenceWindow(highest, bits);
      const producer = new Producer(asProducerId(id), tenant, epoch, tokenHash, lastUsedMs, window);
      this.#state.producers.set(producer.id, producer);
    }
  }

  /** The rows have their statuses. */
  #orders(): void {
    for (const { sequence, queues, ...traits } of this.#carried) {
      for (const id of queues) {
        const place = this.#state.queues.get(id)?.entries.find(sequence) ?? null;
        place?.chunk.setTraits(place.row, traits);
      }
    }
    for (const queue of this.#state.queues.values()) rebuildOrder(queue);
  }

  #leasesAndRetries(): void {
    const { leases, retries, expiries, copiesOwed } = this.#capture;
    for (let at = 0; at < copiesOwed.length; at += 2) {
      const [queue, sequence] = copiesOwed.subarray(at, at + 2);
      oweCopies(this.#state, asQueueId(queue as number), [asSequence(sequence as number)]);
    }
    for (let at = 0; at < leases.length; at += LEASE_NUMBERS) {
      const [delivery, queueId, sequence, sessionId, deadlineMs] = leases.subarray(at, at + LEASE_NUMBERS);
      const queue = this.#state.queues.get(asQueueId(queueId as number));
      const session = this.#state.sessions.get(asSessionId(sessionId as number));
      invariant(queue !== undefined && session !== undefined, `delivery ${delivery} has its queue and its session`);
      const place = queue.entries.find(asSequence(sequence as number));
      if (place === null) throw missing(queue.name, sequence as number);
      place.chunk.lease(place.row, delivery as number);
      queue.leased += 1;
      queue.usage.lease(1, lengthAt(place));
      this.#state.leases.open({
        first: asDeliveryId(delivery as number),
        queue,
        session,
        deadlineMs: deadlineMs as number,
        sequences: [asSequence(sequence as number)],
        bytes: [place.chunk.length[place.row] as number],
      });
    }
    for (let at = 0; at < retries.length; at += RETRY_NUMBERS) {
      const [untilMs, id, sequence, failed] = retries.subarray(at, at + RETRY_NUMBERS);
      const queue = this.#state.queues.get(asQueueId(id as number));
      const place = queue?.entries.find(asSequence(sequence as number)) ?? null;
      if (queue === undefined || place === null) continue;
      const { chunk, row } = place;
      // A checkpoint of an earlier version tells also of waits that were over.
      if (chunk.failedOf(row) !== failed || chunk.status[row] !== READY) continue;
      beginWait(this.#state, queue, place, untilMs as number);
    }
    for (let at = 0; at < expiries.length; at += EXPIRY_NUMBERS) {
      const [id, sequence, atMs] = expiries.subarray(at, at + EXPIRY_NUMBERS);
      const queue = this.#state.queues.get(asQueueId(id as number));
      const place = queue?.entries.find(asSequence(sequence as number)) ?? null;
      if (queue === undefined || place === null) throw missing(queue?.name ?? `${id}`, sequence as number);
      place.chunk.setExpiry(place.row, atMs as number);
      watchExpiry(this.#state, queue, place);
    }
  }
}

const missing = (queue: string, sequence: number): LostMessage =>
  new LostMessage(`message ${sequence} of queue "${queue}"`);
