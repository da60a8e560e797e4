// The consumer as the application sees it: what has arrived waits here, bounded by the window, until a handler, an
// iteration or a fetch takes it.
//
// Invariant: a delivery is handed out once, or dropped unseen when its lease or its session has ended or the consumer
// closes.

/// <reference lib="esnext.disposable" preserve="true" />

import { TachyonError } from '../../protocol/index.ts';
import { type Deferred, deferred, within } from '../deferred.ts';
import { ConsumerSession, type SessionEvents, type SessionOptions } from './consumer-session.ts';
import type { Delivery, LeasedDelivery } from './delivery.ts';
import type { DeliveryBatch } from './delivery-batch.ts';
import { HandlerPump, type PumpSource } from './handler-pump.ts';
import { LoopShare } from './loop-share.ts';
import type { DeliveryHandler } from './options.ts';

/**
 * Works on one or more queues over a connection of its own. Either with a handler, or by `for await`, or (`pull`) by
 * `fetch`. Delivery is at least once unless `supportsAck` is false.
 */
export interface Consumer extends AsyncIterable<Delivery> {
  readonly consumerId: string;
  /** The queues it works on, as the broker named them. */
  readonly queues: readonly string[];
  /**
   * Up to `count` deliveries: resolves when there are so many, or when the broker says, after `waitMs` (default 5,000),
   * that no more will come, with those that came, none included. For consumers with `pull`; one fetch at a time. Rejects with CLIENT_CLOSED when the consumer ends,
   * and with INVALID_ARGUMENT while another fetch waits and without `pull`.
   */
  fetch(count: number, options?: { readonly waitMs?: number }): Promise<Delivery[]>;
  /**
   * The orderly goodbye: nothing more is handed out, what was handed out may be settled for `timeoutMs` (default 30,000),
   * then the session ends and the broker gives the rest to others. Never rejects.
   */
  drain(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Ends the session now. Acks said so far are sent; what is unsettled goes back to the queue. */
  close(): Promise<void>;
  /** Resolves when the consumer has ended: null after `drain` or `close`, else with the reason. Never rejects. */
  closed(): Promise<TachyonError | null>;
  /** The same as `drain`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const FETCH_WAIT_MS = 5_000;
/** A fetch waits so much longer than the broker, for its word that the time is over; without it, it ends here. */
const FETCH_GRACE_MS = 100;
const DRAIN_MS = 30_000;

interface Taker {
  readonly request: number;
  readonly count: number;
  readonly taken: Delivery[];
  readonly answer: Deferred<Delivery[]>;
  readonly timer: NodeJS.Timeout;
}

export class QueueConsumer implements Consumer, SessionEvents, PumpSource {
  readonly consumerId: string;
  readonly #options: SessionOptions;
  readonly #session: ConsumerSession;
  readonly #pump: HandlerPump | null;
  readonly #share = new LoopShare();
  readonly #ended: Deferred<TachyonError | null> = deferred<TachyonError | null>();
  /** Packets with deliveries that wait; the oldest first. */
  readonly #buffer: DeliveryBatch[] = [];
  #readers: Deferred<IteratorResult<Delivery>>[] = [];
  #fetch: Taker | null = null;
  #stopping = false;
  #error: TachyonError | null = null;
  #quiet: Deferred<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: SessionOptions, handler: DeliveryHandler | null) {
    this.#options = options;
    this.consumerId = options.consumerId;
    this.#session = new ConsumerSession(options, this);
    this.#pump = handler === null ? null : new HandlerPump(handler, options.consume.concurrency ?? 1, this);
  }

  open(): Promise<void> {
    return this.#session.open();
  }

  get queues(): readonly string[] {
    return this.#session.queues;
  }

  fetch(count: number, { waitMs = FETCH_WAIT_MS }: { readonly waitMs?: number } = {}): Promise<Delivery[]> {
    if (this.#stopping)
      return Promise.reject(this.#error ?? new TachyonError('CLIENT_CLOSED', 'the consumer has ended'));
    // A fetch would put an end to the pushing.
    if (this.#options.consume.pull !== true)
      return Promise.reject(new TachyonError('INVALID_ARGUMENT', 'fetch is for a consumer with pull'));
    if (this.#fetch !== null) return Promise.reject(new TachyonError('INVALID_ARGUMENT', 'another fetch waits'));
    const taken: Delivery[] = [];
    while (taken.length < count) {
      const delivery = this.take();
      if (delivery === undefined) break;
      taken.push(delivery);
    }
    if (taken.length === count) return Promise.resolve(taken);
    const timer = setTimeout(() => this.#endFetch(), waitMs + FETCH_GRACE_MS);
    const request = this.#session.fetch(count - taken.length, waitMs);
    this.#fetch = { request, count, taken, answer: deferred<Delivery[]>(), timer };
    return this.#fetch.answer.promise;
  }

  async drain({ timeoutMs = DRAIN_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#stop();
    if (this.#isBusy()) {
      this.#quiet ??= deferred<void>();
      await within(this.#quiet.promise, timeoutMs);
    }
    await this.close();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  closed(): Promise<TachyonError | null> {
    return this.#ended.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  [Symbol.asyncIterator](): AsyncIterator<Delivery> {
    if (this.#pump !== null) throw new TachyonError('INVALID_ARGUMENT', 'this consumer has a handler');
    if (this.#options.consume.pull === true)
      throw new TachyonError('INVALID_ARGUMENT', 'this consumer pulls: use fetch');
    return {
      next: () => this.#next(),
      // Leaving the loop closes the consumer: what is unsettled goes back.
      return: async () => {
        await this.close();
        return { value: undefined, done: true };
      },
    };
  }

  // What the session tells.

  arrived(batch: DeliveryBatch): void {
    if (this.#stopping) return;
    this.#buffer.push(batch);
    this.#serve();
  }

  settled(): void {
    if (this.#quiet !== null && !this.#isBusy()) this.#quiet.resolve();
  }

  fetched(request: number): void {
    if (this.#fetch?.request === request) this.#endFetch();
  }

  lost(): void {
    this.#buffer.length = 0;
    this.settled();
  }

  ended(error: TachyonError): void {
    this.#options.tell({ type: 'error', connection: this.#options.name, error });
    this.#error = error;
    this.#stop();
    this.#ended.resolve(error);
  }

  // What the pump asks for.

  take(): LeasedDelivery | undefined {
    if (this.#stopping) return undefined;
    for (;;) {
      const batch = this.#buffer[0];
      if (batch === undefined) return undefined;
      // None is left where the leases of the rest ended while they waited here.
      const delivery = this.#session.handOut(batch);
      if (delivery !== undefined) return delivery;
      this.#buffer.shift();
    }
  }

  breathe(nowMs: number): void {
    this.#session.flushStale(nowMs);
  }

  failed(delivery: LeasedDelivery, error: unknown): void {
    const { name, tell } = this.#options;
    tell({ type: 'handler-failed', connection: name, deliveryId: delivery.deliveryId, error });
  }

  idle(): void {
    this.settled();
  }

  #next(): Promise<IteratorResult<Delivery>> {
    if (this.#stopping) return this.#endOfLoop();
    const nowMs = performance.now();
    this.breathe(nowMs);
    const reader = deferred<IteratorResult<Delivery>>();
    this.#readers.push(reader);
    if (!this.#share.yields(this.#serve, nowMs)) this.#serve();
    return reader.promise;
  }

  readonly #serve = (): void => {
    if (this.#stopping) return;
    if (this.#pump !== null) return this.#pump.pump();
    this.#serveFetch();
    while (this.#readers.length > 0) {
      const delivery = this.take();
      if (delivery === undefined) return;
      this.#readers.shift()?.resolve({ value: delivery, done: false });
    }
  };

  #endOfLoop(): Promise<IteratorResult<Delivery>> {
    return this.#error === null ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(this.#error);
  }

  #serveFetch(): void {
    const fetch = this.#fetch;
    if (fetch === null) return;
    while (fetch.taken.length < fetch.count) {
      const delivery = this.take();
      if (delivery === undefined) return;
      fetch.taken.push(delivery);
    }
    this.#endFetch();
  }

  #endFetch(): void {
    const fetch = this.#fetch;
    if (fetch === null) return;
    this.#fetch = null;
    clearTimeout(fetch.timer);
    fetch.answer.resolve(fetch.taken);
  }

  /** The application has something that it may still settle. */
  #isBusy(): boolean {
    return this.#session.handedOut > 0 || (this.#pump?.running ?? 0) > 0;
  }

  /** Nothing more is handed out. What waits is the broker's again when the session ends. */
  #stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#buffer.length = 0;
    this.#endFetch();
    for (const reader of this.#readers) this.#endOfLoop().then(reader.resolve, reader.reject);
    this.#readers = [];
  }

  async #close(): Promise<void> {
    this.#stop();
    await this.#session.deregister();
    this.#session.close(new TachyonError('CLIENT_CLOSED', 'the consumer has ended'));
    this.#ended.resolve(this.#error);
  }
}
