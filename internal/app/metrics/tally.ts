// One walk over the queues: figures of the deepest ones, of the tenants that hold most, and of all together. It costs
// one look at each queue, at each of its consumers, and at the dead letters before its oldest message; what is shown of
// it is bounded. It goes in steps, between which the broker works: with very many queues no message waits for it, and
// the figures of two queues may be some turns apart.
// Invariant: what is listed, with the rest, adds up to the total.

import { acceptedAtMsAt } from '../../domain/entry-table.ts';
import type { Queue } from '../../domain/queue.ts';
import type { State } from '../../domain/state.ts';
import { Deepest } from './deepest.ts';

/** The label of everything that is not shown by itself. */
export const OTHER = '_other';

export interface Figures {
  queues: number;
  depth: number;
  ready: number;
  leased: number;
  waitingRetry: number;
  scheduled: number;
  unreadable: number;
  deadLetters: number;
  bytes: number;
  oldestUnackedMs: number;
  /** Sessions that are attached, each once for each queue that it serves. */
  consumers: number;
  /** Messages that they hold, and may hold. */
  inflight: number;
  window: number;
}

export interface Counted extends Figures {
  readonly tenant: string;
  /** Of a queue; a tenant's figures have none. */
  readonly queue: string;
}

export interface Tally {
  readonly total: Figures;
  readonly queues: readonly Counted[];
  readonly tenants: readonly Counted[];
}

const noFigures = (): Figures => ({
  queues: 0,
  depth: 0,
  ready: 0,
  leased: 0,
  waitingRetry: 0,
  scheduled: 0,
  unreadable: 0,
  deadLetters: 0,
  bytes: 0,
  oldestUnackedMs: 0,
  consumers: 0,
  inflight: 0,
  window: 0,
});

function addTo(sum: Figures, one: Figures): void {
  sum.queues += one.queues;
  sum.depth += one.depth;
  sum.ready += one.ready;
  sum.leased += one.leased;
  sum.waitingRetry += one.waitingRetry;
  sum.scheduled += one.scheduled;
  sum.unreadable += one.unreadable;
  sum.deadLetters += one.deadLetters;
  sum.bytes += one.bytes;
  sum.oldestUnackedMs = Math.max(sum.oldestUnackedMs, one.oldestUnackedMs);
  sum.consumers += one.consumers;
  sum.inflight += one.inflight;
  sum.window += one.window;
}

function countedQueue(queue: Queue, nowMs: number): Counted {
  const { depth } = queue;
  const oldest = depth === 0 ? null : queue.entries.oldest();
  let inflight = 0;
  let window = 0;
  for (const session of queue.consumers) {
    inflight += session.inflight;
    window += session.windowMessages;
  }
  return {
    tenant: queue.tenant,
    queue: queue.name,
    queues: 1,
    depth,
    ready: queue.ready,
    leased: queue.leased,
    waitingRetry: queue.waiting - queue.scheduled,
    scheduled: queue.scheduled,
    unreadable: queue.unreadable.size,
    deadLetters: queue.dead.size,
    bytes: queue.bytes,
    oldestUnackedMs: oldest === null ? 0 : Math.max(0, nowMs - acceptedAtMsAt(oldest)),
    consumers: queue.consumers.length,
    inflight,
    window,
  };
}

/** A list that never holds more than `seriesMax` items and the rest. */
class Shown {
  readonly #deepest: Deepest<Counted>;
  readonly #rest: Counted;

  constructor(seriesMax: number, rest: { readonly tenant: string; readonly queue: string }) {
    this.#rest = { ...rest, ...noFigures() };
    this.#deepest = new Deepest(seriesMax, (counted) => addTo(this.#rest, counted));
  }

  /** What has the rest's own name is counted with the rest: no series stands there twice. */
  add(counted: Counted): void {
    if (counted.queue === this.#rest.queue && counted.tenant === this.#rest.tenant) addTo(this.#rest, counted);
    else this.#deepest.add(counted);
  }

  items(): readonly Counted[] {
    const items = this.#deepest.items();
    return this.#rest.queues === 0 ? items : [...items, this.#rest];
  }
}

/** Queues between two steps: about a quarter of a millisecond. */
const STEP_QUEUES = 256;

export function* tally(state: State, nowMs: number, seriesMax: number): Generator<undefined, Tally> {
  let looked = 0;
  const total = noFigures();
  const ofTenant = new Map<string, Counted>();
  const queues = new Shown(seriesMax, { tenant: '', queue: OTHER });
  for (const queue of state.queues.values()) {
    const counted = countedQueue(queue, nowMs);
    addTo(total, counted);
    let tenant = ofTenant.get(queue.tenant);
    if (tenant === undefined) {
      tenant = { tenant: queue.tenant, queue: '', ...noFigures() };
      ofTenant.set(queue.tenant, tenant);
    }
    addTo(tenant, counted);
    queues.add(counted);
    looked += 1;
    if (looked % STEP_QUEUES === 0) yield;
  }
  const tenants = new Shown(seriesMax, { tenant: OTHER, queue: '' });
  for (const counted of ofTenant.values()) tenants.add(counted);
  return { total, queues: queues.items(), tenants: tenants.items() };
}
