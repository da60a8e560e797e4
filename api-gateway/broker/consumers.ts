// Consumers for clients that speak HTTP only: a pulling consumer per name, kept between requests. Invariant: leases are
// never extended here and an idle consumer is ended, so that a client that went away holds nothing for long; only the
// token that opened a consumer can use it.

import type { Client } from '../../pkg/client/client.ts';
import type { Consumer } from '../../pkg/client/consume/consumer.ts';
import type { Delivery, NackOptions } from '../../pkg/client/consume/delivery.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { bounded } from './bounded.ts';
import type { Held } from './public-link.ts';

/** What one consumer may hold unsettled; one fetch can bring no more. */
const WINDOW = { messages: 1_000, bytes: 16 * 1024 * 1024 };
const SWEEPS_PER_IDLE = 4;
/** So long the broker may need to read the first body from disk: a fetch that waits less would never see it. */
const WAIT_MS_MIN = 50;

export interface ConsumersOptions {
  /** The client of a tenant, for as long as a consumer lives on it. */
  readonly hold: (tenant: string) => Held;
  readonly max: number;
  readonly idleMs: number;
  readonly timeoutMs: number;
  readonly nowMs?: () => number;
}

/** Which consumer is meant, and by whom. */
export interface ConsumerName {
  readonly owner: string;
  readonly tenant: string;
  readonly consumer: string;
}

export interface Fetch extends ConsumerName {
  readonly queue: string;
  readonly patterns: readonly string[];
  readonly count: number;
  readonly waitMs: number;
}

export interface Settled {
  readonly settled: number;
  readonly failures: readonly { readonly delivery_id: number; readonly code: string; readonly error: string }[];
}

interface Kept {
  readonly owner: string;
  readonly queue: string;
  readonly opening: Promise<Consumer>;
  readonly deliveries: Map<number, Delivery>;
  usedMs: number;
  fetching: boolean;
  /** The connection broke: what was handed out went back to its queue, and this consumer is of no use any more. */
  lost: boolean;
}

export class HttpConsumers {
  readonly #options: ConsumersOptions;
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, Kept>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: ConsumersOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#sweep = setInterval(() => this.#endIdle(), options.idleMs / SWEEPS_PER_IDLE).unref();
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Up to `count` deliveries: waits for the first, then takes what is there. */
  async fetch(fetch: Fetch): Promise<readonly Delivery[]> {
    const kept = this.#openOf(fetch);
    if (kept.fetching) throw new TachyonError('BUSY', `${fetch.consumer} waits in another fetch`);
    kept.fetching = true;
    try {
      const { timeoutMs } = this.#options;
      const consumer = await bounded(kept.opening, timeoutMs, 'fetch');
      const waitMs = Math.max(WAIT_MS_MIN, fetch.waitMs);
      const deliveries = await bounded(consumer.fetch(1, { waitMs }), waitMs + timeoutMs, 'fetch');
      if (deliveries.length > 0 && fetch.count > 1) {
        deliveries.push(...(await bounded(consumer.fetch(fetch.count - 1, { waitMs: 0 }), timeoutMs, 'fetch')));
      }
      if (kept.lost) throw new TachyonError('BROKER_UNREACHABLE', 'the connection broke while the fetch waited');
      forgetClosed(kept.deliveries);
      for (const delivery of deliveries) kept.deliveries.set(delivery.deliveryId, delivery);
      return deliveries;
    } catch (error) {
      this.#end(keyOf(fetch), kept);
      throw error;
    } finally {
      kept.fetching = false;
      kept.usedMs = this.#nowMs();
    }
  }

  /** Durable when this resolves; the outcome of each is told. */
  async ack(name: ConsumerName, ids: readonly number[]): Promise<Settled> {
    const { timeoutMs } = this.#options;
    return this.#settle(name, ids, (delivery) => bounded(delivery.ack({ durable: true }), timeoutMs, 'ack'));
  }

  /** Said to the broker when this resolves. */
  async nack(name: ConsumerName, ids: readonly number[], options: NackOptions): Promise<Settled> {
    return this.#settle(name, ids, (delivery) => delivery.nack(options));
  }

  /** Whoever was to have these is gone: they go back without a failure. */
  giveBack(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) delivery.nack({ status: 'returned' });
  }

  /** Ends the consumer; what it holds goes back to its queue. */
  async leave(name: ConsumerName): Promise<void> {
    const kept = this.#known(name);
    this.#kept.delete(keyOf(name));
    const { timeoutMs } = this.#options;
    await bounded(
      kept.opening.then((consumer) => consumer.close()),
      timeoutMs,
      'leave',
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.map(({ opening }) => opening.then((consumer) => consumer.close()).catch(() => undefined)));
  }

  #openOf(fetch: Fetch): Kept {
    const key = keyOf(fetch);
    const known = this.#kept.get(key);
    if (known !== undefined) {
      mustOwn(known, fetch);
      if (known.queue === fetch.queue) return known;
      throw new TachyonError('INVALID_ARGUMENT', `queue: ${fetch.consumer} works on "${known.queue}" until it leaves`);
    }
    if (this.#kept.size >= this.#options.max) {
      throw new TachyonError('BUSY', `the gateway keeps ${this.#options.max} consumers`, { retryAfterMs: 1_000 });
    }
    const { owner, queue } = fetch;
    const lose = (): void => {
      kept.lost = true;
      this.#end(key, kept);
    };
    const held = this.#options.hold(fetch.tenant);
    const opening = held.client.then((client) => open(client, fetch, lose));
    const usedMs = this.#nowMs();
    const kept: Kept = { owner, queue, opening, deliveries: new Map(), usedMs, fetching: false, lost: false };
    this.#kept.set(key, kept);
    const forget = (): void => {
      held.release();
      this.#forget(key, kept);
    };
    opening.then((consumer) => consumer.closed().then(forget), forget);
    return kept;
  }

  #known(name: ConsumerName): Kept {
    const kept = this.#kept.get(keyOf(name));
    if (kept === undefined) throw new TachyonError('CONSUMER_NOT_FOUND', `"${name.consumer}"`);
    mustOwn(kept, name);
    return kept;
  }

  async #settle(name: ConsumerName, ids: readonly number[], say: (delivery: Delivery) => unknown): Promise<Settled> {
    const kept = this.#known(name);
    kept.usedMs = this.#nowMs();
    const failures: Settled['failures'][number][] = [];
    const unique = [...new Set(ids)];
    await Promise.all(
      unique.map(async (id) => {
        const failed = ({ code, message }: TachyonError): unknown =>
          failures.push({ delivery_id: id, code, error: message });
        const delivery = kept.deliveries.get(id);
        if (delivery === undefined) return failed(new TachyonError('UNKNOWN_DELIVERY'));
        if (!delivery.isOpen) return failed(new TachyonError('STALE_DELIVERY'));
        try {
          await say(delivery);
          kept.deliveries.delete(id);
        } catch (error) {
          if (!(error instanceof TachyonError)) throw error;
          failed(error);
        }
        return undefined;
      }),
    );
    return { settled: unique.length - failures.length, failures };
  }

  #endIdle(): void {
    const nowMs = this.#nowMs();
    for (const [key, kept] of this.#kept) {
      forgetClosed(kept.deliveries);
      if (!kept.fetching && nowMs - kept.usedMs >= this.#options.idleMs) this.#end(key, kept);
    }
  }

  #forget(key: string, kept: Kept): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
  }

  #end(key: string, kept: Kept): void {
    this.#forget(key, kept);
    kept.opening.then((consumer) => consumer.close()).catch(() => undefined);
  }
}

async function open(client: Client, { consumer, queue, patterns }: Fetch, lost: () => void): Promise<Consumer> {
  const stop = client.on('disconnected', ({ connection }) => {
    if (connection === `consume:${consumer}`) lost();
  });
  try {
    const opened = await client.consume({
      queue,
      subscriptions: patterns,
      consumerId: consumer,
      pull: true,
      autoExtend: false,
      window: WINDOW,
    });
    void opened.closed().then(stop);
    return opened;
  } catch (error) {
    stop();
    throw error;
  }
}

const keyOf = ({ tenant, consumer }: ConsumerName): string => `${tenant}\0${consumer}`;

function mustOwn(kept: Kept, { owner, consumer }: ConsumerName): void {
  if (kept.owner !== owner) throw new TachyonError('ROLE_TOO_LOW', `consumer "${consumer}" belongs to another token`);
}

function forgetClosed(deliveries: Map<number, Delivery>): void {
  for (const [id, delivery] of deliveries) if (!delivery.isOpen) deliveries.delete(id);
}
