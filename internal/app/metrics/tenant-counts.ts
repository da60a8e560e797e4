// What became of messages, by tenant, told from the events that the journal adds and from the publishes that the core
// refuses. An event costs two look-ups and an addition, however many messages it is about.
//
// Which tenants have counts of their own: the first to whose queues something happened in this run, as many as may.
// Whoever has them keeps them until the process ends; everybody else is counted as the rest. A refusal alone makes no
// series, so that nobody uses them up by naming tenants. A count never goes down, nor from one label to another.
//
// Invariant: each count, summed over all with the rest, is the core's own counter of the whole process.

import { LEASED, statusAt } from '../../domain/entry-table.ts';
import type { DeadLettered, Event, FailureCause } from '../../domain/event.ts';
import type { QueueId, Sequence } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import type { RefusedMessages, State } from '../../domain/state.ts';
import { OTHER } from './tally.ts';

export interface TenantCounts {
  readonly tenant: string;
  published: number;
  refused: number;
  /** Refused for a pressure that passes. */
  throttled: number;
  /** Held back for producers that wait. */
  deferred: number;
  dispatched: number;
  acked: number;
  nacked: number;
  retried: number;
  returned: number;
  timedOut: number;
  deadLettered: number;
  redriven: number;
  purged: number;
}

export type TenantCount = Exclude<keyof TenantCounts, 'tenant'>;

const noCounts = (tenant: string): TenantCounts => ({
  tenant,
  published: 0,
  refused: 0,
  throttled: 0,
  deferred: 0,
  dispatched: 0,
  acked: 0,
  nacked: 0,
  retried: 0,
  returned: 0,
  timedOut: 0,
  deadLettered: 0,
  redriven: 0,
  purged: 0,
});

export interface CountsByTenantOptions {
  /** As the events are about to change it; null before there is one. */
  readonly state: () => Pick<State, 'queues' | 'sessions'> | null;
  /** Tenants with counts of their own. */
  readonly tenantsMax: number;
}

export class CountsByTenant {
  /** Dead letters that operators removed, and that were removed by their bounds. */
  readonly deadLettersGone = { purged: 0, expired: 0 };
  readonly #options: CountsByTenantOptions;
  readonly #own = new Map<string, TenantCounts>();
  readonly #rest = noCounts(OTHER);
  #hasRest = false;
  /** Of the latest accept, until it shows whether its message was born dead: then nobody had published it. */
  #accepted: TenantCounts | null = null;
  #acceptedFirst = 0;
  #acceptedMessages = 0;
  /** Dead letters that go: what for, the operator's action behind them says. */
  #going: { readonly counts: TenantCounts; readonly messages: number }[] = [];

  constructor(options: CountsByTenantOptions) {
    this.#options = options;
  }

  /** Those with counts of their own, and behind them the rest, where it has any. */
  read(): readonly TenantCounts[] {
    this.#publish();
    return this.#hasRest ? [...this.#own.values(), this.#rest] : [...this.#own.values()];
  }

  /** Messages of publishes that the core refused. */
  refused({ tenant, messages, pressed }: RefusedMessages): void {
    const counts = this.#own.get(tenant) ?? this.#others();
    counts.refused += messages;
    for (const count of pressed.values()) counts.throttled += count;
  }

  /** Messages that were held back, and come again by themselves. */
  deferred(tenant: string, messages: number): void {
    (this.#own.get(tenant) ?? this.#others()).deferred += messages;
  }

  /** Called before the state has taken the event. */
  added(event: Event): void {
    if (this.#accepted !== null && event.type !== 'dead-lettered') this.#publish();
    switch (event.type) {
      case 'accepted':
        this.#accepted = this.#ofQueue(event.sets[0]?.[0]);
        this.#acceptedFirst = event.firstSequence;
        this.#acceptedMessages = event.lengths.length;
        return;
      case 'leased':
        this.#ofQueue(event.queue).dispatched += event.sequences.length;
        return;
      case 'settled':
        return this.#settled(event.queue, event.sequences);
      case 'failed':
        return this.#attempted(this.#ofQueue(event.queue), event.record.cause, 'retried');
      case 'dead-lettered':
        return this.#deadLettered(event);
      case 'returned':
        this.#ofQueue(event.queue).returned += event.sequences.length;
        return;
      case 'session-closed': {
        const session = this.#options.state()?.sessions.get(event.session);
        const held = session === undefined ? 0 : session.inflight - session.handingOver;
        if (session !== undefined && held > 0) this.#of(session.tenant).returned += held;
        return;
      }
      case 'redriven':
        this.#ofQueue(event.queue).redriven += event.sequences.length;
        return;
      case 'queue-purged': {
        const queue = this.#queue(event.queue);
        if (queue !== undefined) this.#of(queue.tenant).purged += queue.depth - queue.leased;
        return;
      }
      case 'dead-letters-purged':
        this.#going.push({ counts: this.#ofQueue(event.queue), messages: event.sequences.length });
        return;
      case 'operator-action':
        if (this.#going.length > 0) this.#gone(event.operation);
        return;
      default:
    }
  }

  #publish(): void {
    if (this.#accepted === null) return;
    this.#accepted.published += this.#acceptedMessages;
    this.#accepted = null;
  }

  /** Acknowledged; or, without a lease, on its way to a consumer that does not acknowledge. */
  #settled(id: QueueId, sequences: readonly Sequence[]): void {
    const queue = this.#queue(id);
    const [first] = sequences;
    if (queue === undefined || first === undefined) return;
    const counts = this.#of(queue.tenant);
    const place = queue.entries.find(first);
    if (place !== null && statusAt(place) === LEASED) counts.acked += sequences.length;
    // Nobody is there yet when a start takes back what a cut import had brought.
    else if (queue.consumers.length > 0) counts.dispatched += sequences.length;
  }

  #attempted(counts: TenantCounts, cause: FailureCause | undefined, outcome: 'retried' | 'deadLettered'): void {
    counts[outcome] += 1;
    if (cause === 'delivery_timeout') counts.timedOut += 1;
    else if (cause === 'nack_retryable' || cause === 'nack_terminal') counts.nacked += 1;
  }

  #deadLettered({ queue, sequence, cause, history, operator }: DeadLettered): void {
    const isBornDead = cause === 'imported' || cause === 'manual';
    if (isBornDead && this.#acceptedFirst === sequence) this.#accepted = null;
    this.#publish();
    // Imported, or on its way to another queue: it did not die here.
    if (cause === 'imported' || (cause === 'manual' && operator === null)) return;
    const last = cause === 'attempts_exhausted' ? history.at(-1)?.cause : cause;
    this.#attempted(this.#ofQueue(queue), last, 'deadLettered');
  }

  #gone(operation: string): void {
    for (const { counts, messages } of this.#going) {
      if (operation === 'purge_dead_letter') {
        counts.purged += messages;
        this.deadLettersGone.purged += messages;
      } else if (operation === 'expire_dead_letter') this.deadLettersGone.expired += messages;
    }
    this.#going = [];
  }

  #queue(id: QueueId | undefined): Queue | undefined {
    return id === undefined ? undefined : this.#options.state()?.queues.get(id);
  }

  #ofQueue(id: QueueId | undefined): TenantCounts {
    const queue = this.#queue(id);
    return queue === undefined ? this.#others() : this.#of(queue.tenant);
  }

  /** The tenant's own, made where one may be. One that is called like the rest is of the rest. */
  #of(tenant: string): TenantCounts {
    const own = this.#own.get(tenant);
    if (own !== undefined) return own;
    if (tenant === OTHER || this.#own.size >= this.#options.tenantsMax) return this.#others();
    const counts = noCounts(tenant);
    this.#own.set(tenant, counts);
    return counts;
  }

  #others(): TenantCounts {
    this.#hasRest = true;
    return this.#rest;
  }
}
