// How long messages take from stage to stage, told from the events that the core records. An accept is measured for
// every message of its turn at once; a hand-over and a settlement by the first message of each, which has waited longest.

import { AGE_SECONDS, Histogram, LATENCY_SECONDS } from '../../../pkg/metrics/histogram.ts';
import { leaseOf } from '../../domain/entry-moves.ts';
import { acceptedAtMsAt, failedAt, returnedAt } from '../../domain/entry-table.ts';
import type { Event, FailureCause } from '../../domain/event.ts';
import type { Position, QueueId, Sequence } from '../../domain/ids.ts';
import type { State } from '../../domain/state.ts';
import type { JournalListener } from './watched-journal.ts';

interface Turn {
  readonly position: Position;
  readonly messages: number;
  readonly atMs: number;
}

export interface StagesOptions {
  readonly state: () => State | undefined;
  readonly monotonicMs: () => number;
}

export class Stages implements JournalListener {
  readonly acceptToDurable = new Histogram(LATENCY_SECONDS);
  readonly acceptToDelivered = new Histogram(AGE_SECONDS);
  readonly deliveredToSettled = new Histogram(AGE_SECONDS);
  readonly deadLetteredByCause = new Map<FailureCause, number>();
  events = 0;
  retriesDueToTimeout = 0;
  readonly #options: StagesOptions;
  #accepted = 0;
  #acceptedAtMs = 0;
  #turns: Turn[] = [];

  constructor(options: StagesOptions) {
    this.#options = options;
  }

  added(event: Event, timeMs: number): void {
    this.events += 1;
    switch (event.type) {
      case 'accepted':
        if (this.#accepted === 0) this.#acceptedAtMs = this.#options.monotonicMs();
        this.#accepted += event.lengths.length;
        return;
      case 'leased':
        return this.#leased(event.queue, event.sequences, timeMs);
      case 'settled':
        return this.#settled(event.queue, event.sequences, timeMs);
      case 'failed':
        if (event.record.cause === 'delivery_timeout') this.retriesDueToTimeout += 1;
        return;
      case 'dead-lettered':
        this.deadLetteredByCause.set(event.cause, (this.deadLetteredByCause.get(event.cause) ?? 0) + 1);
        return;
      default:
    }
  }

  /** A turn's messages are durable when its last group is. */
  committed(position: Position): void {
    if (this.#accepted === 0) return;
    this.#turns.push({ position, messages: this.#accepted, atMs: this.#acceptedAtMs });
    this.#accepted = 0;
  }

  durable(position: Position): void {
    const nowMs = this.#options.monotonicMs();
    let passed = 0;
    for (const turn of this.#turns) {
      if (turn.position > position) break;
      passed += 1;
      this.acceptToDurable.observe((nowMs - turn.atMs) / 1000, turn.messages);
    }
    if (passed > 0) this.#turns = this.#turns.slice(passed);
  }

  /** First attempts only: what came back has been waiting for other reasons. */
  #leased(id: QueueId, sequences: readonly Sequence[], timeMs: number): void {
    const first = sequences[0];
    const place = first === undefined ? null : (this.#options.state()?.queues.get(id)?.entries.find(first) ?? null);
    if (place === null || failedAt(place) > 0 || returnedAt(place) > 0) return;
    this.acceptToDelivered.observe((timeMs - acceptedAtMsAt(place)) / 1000);
  }

  #settled(id: QueueId, sequences: readonly Sequence[], timeMs: number): void {
    const state = this.#options.state();
    const queue = state?.queues.get(id);
    const [first] = sequences;
    if (state === undefined || queue === undefined || first === undefined) return;
    const lease = leaseOf(state, queue, first);
    if (lease === undefined) return;
    this.deliveredToSettled.observe((timeMs - lease.firstDeadlineMs + queue.policy.leaseMs) / 1000);
  }
}
