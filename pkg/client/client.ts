// The client: one publishing connection, one more for each consumer, and the subscriptions, behind one surface.
// Invariant: what is opened here is closed here; after `closed` nothing of the client keeps the process alive.

/// <reference lib="esnext.disposable" preserve="true" />

import { randomBytes } from 'node:crypto';
import { TachyonError } from '../protocol/index.ts';
import { type Consumer, QueueConsumer } from './consume/consumer.ts';
import { type ConsumeOptions, checkConsumeOptions, type DeliveryHandler } from './consume/options.ts';
import { within } from './deferred.ts';
import type { ConnectionOptions } from './link/connection.ts';
import { openLinkOver } from './link/transport.ts';
import { type ClientSettings, type ConnectOptions, settingsOf } from './options.ts';
import type { PublishBody, PublishOptions } from './publish/message.ts';
import { Producer } from './publish/producer.ts';
import type { PublishReceipt, PublishResult } from './publish/receipt.ts';
import type { Reply } from './request/reply.ts';
import { type RequestOptions, Requests } from './request/requests.ts';
import { type RequestHandler, responding } from './request/respond.ts';
import { type ConnectionName, type Status, StatusFeed, type StatusType } from './status.ts';
import { type FanoutHandler, SubSubscription, type Subscription } from './subscribe/subscription.ts';

/** One entry of `publishBatch`. */
export interface BatchMessage extends PublishOptions {
  readonly topic: string;
  readonly body: PublishBody;
}

/**
 * A connection to a broker that mends itself. As long as it is open it keeps the process alive, connected or not, as an
 * open socket does.
 */
export interface Client {
  /**
   * Resolves when the broker has accepted the message, with what it then survives. Messages of one turn of the event loop
   * travel together; the order of the calls is the order at the broker. `body` is read when the message is packed: at
   * once, or, when the call has to wait for room, then: do not change it before the promise settles.
   *
   * Unconfirmed messages are kept and sent again after a reconnect. The broker counts each once, unless it forgot this
   * producer meanwhile (see `PublishReceipt.duplicate`). There is no timeout: while the broker is away the promise is
   * pending, and `close` rejects it. If the process dies before the promise resolved, the message may or may not be there.
   *
   * Rejects with UNROUTABLE, INVALID_TOPIC, PAYLOAD_TOO_LARGE and other codes that concern the message, which then
   * is nowhere (unless `cause` is UNKNOWN_PRODUCER: the broker forgot this producer, and an attempt before that may have
   * been accepted); with STORAGE_FULL, BUSY, QUOTA_EXCEEDED, THROTTLED or
   * OVERLOADED and `retryAfterMs` when the broker takes no more now (see `onBrokerFull`; it is not retried here:
   * the caller knows what may overtake it); with BUFFER_FULL; with CLIENT_CLOSED (then the outcome is not known).
   */
  publish(topic: string, body: PublishBody, options?: PublishOptions): Promise<PublishReceipt>;
  /**
   * `publish` for each message, in order. Never rejects: each result says how its message fared. With `atomic` all of them
   * are accepted, durable as one, or none: at most 4,096 messages and 1 MiB with 64 bytes for each (BATCH_TOO_LARGE). Of a
   * batch that is refused the message at fault says why, and each other one BATCH_REFUSED.
   */
  publishBatch(messages: Iterable<BatchMessage>, options?: { readonly atomic?: boolean }): Promise<PublishResult[]>;
  /**
   * Opens a consumer over a connection of its own (the broker knows one session per connection) and resolves when its
   * session is registered. With a handler, each delivery is acked when the handler is done, and handed back when it throws.
   * Rejects with the broker's code when it refuses, with BROKER_UNREACHABLE after `timeoutMs`, with INVALID_ARGUMENT, with
   * CLIENT_CLOSED.
   */
  consume(options: ConsumeOptions, handler?: DeliveryHandler): Promise<Consumer>;
  /**
   * Publishes a request and resolves with its answer. The request is a durable message like any other, worth nothing after
   * the timeout (unless `ttlMs` or `expiresAt` says otherwise); the answer is given to this client and kept nowhere.
   * Rejects with NO_RESPONDERS at once where no consumer is there, TIMEOUT, REQUEST_FAILED with the words of who answered,
   * BROKER_UNREACHABLE when the connection breaks meanwhile (it may have been worked on), and as `publish`.
   */
  request(topic: string, body: PublishBody, options?: RequestOptions): Promise<Reply>;
  /**
   * As `request`, for an answer of several replies, in their order. `timeoutMs` is for each of them. Throws where one is
   * missing (REPLIES_LOST), and where more than `bufferMax` were not read (BUFFER_FULL). Leaving the loop ends it.
   */
  requestMany(topic: string, body: PublishBody, options?: RequestOptions): AsyncIterableIterator<Reply>;
  /**
   * `consume`, where what the handler gives is the answer: a value is one reply, what an async iterable yields are several. A
   * throw is told to the one who asked (REQUEST_FAILED), and the request is done. A message that asks for no answer is
   * handled as with `consume`.
   */
  respond(options: string | ConsumeOptions, handler: RequestHandler): Promise<Consumer>;
  /**
   * Reads fanout, best effort: messages are missed while the connection is down, while this reader is slow, and for a
   * moment after this resolves, as the broker first has to hear of the subscription. Rejects with INVALID_PATTERN,
   * BROKER_UNREACHABLE, CLIENT_CLOSED.
   */
  subscribe(patterns: string | readonly string[], handler?: FanoutHandler): Promise<Subscription>;
  /** Messages that are not confirmed yet, those that wait for room included. */
  readonly outstanding: number;
  /** Changes from now on, the youngest 1,024 if it is not read; ends after `closed`. */
  status(): AsyncIterableIterator<Status>;
  /** Calls `listener` for each change of the type, or of any with `*`; gives the way to stop it. */
  on<T extends StatusType>(type: T, listener: (status: Extract<Status, { type: T }>) => void): () => void;
  on(type: '*', listener: (status: Status) => void): () => void;
  /**
   * The orderly goodbye: consumers finish what they were given and end, every publish is answered, then the client
   * closes. Handlers may publish until they end. After `timeoutMs` (default 30,000) it closes all the same, and publishes
   * without an answer reject with CLIENT_CLOSED. Never rejects.
   */
  drain(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Closes now. Publishes without an answer reject with CLIENT_CLOSED: whether they arrived is not known. Idempotent. */
  close(): Promise<void>;
  /** The same as `drain`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const DRAIN_MS = 30_000;
const SUBSCRIBE_HIGH_WATER_MARK = 10_000;

/**
 * Resolves when the broker has said hello. Tries until `timeoutMs`, so that a broker may still be starting. Rejects with
 * BROKER_UNREACHABLE, UNSUPPORTED_VERSION, TENANT_NOT_TRUSTED or another code of a refused hello, INVALID_ARGUMENT.
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const client = new TachyonClient(settingsOf(options));
  await client.open();
  return client;
}

class TachyonClient implements Client {
  readonly #settings: ClientSettings;
  readonly #feed = new StatusFeed();
  readonly #producer: Producer;
  readonly #consumers = new Set<QueueConsumer>();
  readonly #subscriptions = new Set<SubSubscription>();
  #requests: Requests | null = null;
  #stopping = false;
  #closed = false;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    this.#producer = new Producer({
      ...this.#connectionOptions('publish'),
      tenant: settings.tenant,
      clientName: settings.name,
      bufferBytes: settings.bufferBytes,
      onFull: settings.onFull,
      onBrokerFull: settings.onBrokerFull,
      maxOutstanding: settings.maxOutstanding,
      maxWaiting: settings.maxWaiting,
      ended: (error) => void this.#close(error),
    });
  }

  async open(): Promise<void> {
    const { timeoutMs, router } = this.#settings;
    try {
      if (await within(this.#producer.open(), timeoutMs)) return;
    } catch (error) {
      await this.close();
      throw error;
    }
    await this.close();
    throw new TachyonError('BROKER_UNREACHABLE', `${router}: no answer within ${timeoutMs} ms`);
  }

  publish(topic: string, body: PublishBody, options?: PublishOptions): Promise<PublishReceipt> {
    return this.#producer.publish(topic, body, options);
  }

  publishBatch(
    messages: Iterable<BatchMessage>,
    { atomic = false }: { readonly atomic?: boolean } = {},
  ): Promise<PublishResult[]> {
    const batch = Array.from(messages, ({ topic, body, ...options }) => ({ topic, body, options }));
    const receipts = atomic
      ? this.#producer.publishAtomic(batch)
      : batch.map(({ topic, body, options }) => this.#producer.publish(topic, body, options));
    return Promise.all(
      receipts.map((receipt) =>
        receipt.then(
          (value): PublishResult => ({ ok: true, receipt: value }),
          (error: TachyonError): PublishResult => ({ ok: false, error }),
        ),
      ),
    );
  }

  async consume(options: ConsumeOptions, handler: DeliveryHandler | null = null): Promise<Consumer> {
    this.#mustBeOpen();
    checkConsumeOptions(options, handler !== null);
    const { tenant, name, timeoutMs, router } = this.#settings;
    const consumerId = options.consumerId ?? `${name}-${randomBytes(6).toString('hex')}`;
    const consumer = new QueueConsumer(
      {
        ...this.#connectionOptions(`consume:${consumerId}`),
        tenant,
        clientName: name,
        consumerId,
        consume: options,
        publish: (...words) => this.publish(...words),
      },
      handler,
    );
    this.#consumers.add(consumer);
    void consumer.closed().then(() => this.#consumers.delete(consumer));
    try {
      if (await within(consumer.open(), timeoutMs)) return consumer;
    } catch (error) {
      await consumer.close();
      throw error;
    }
    await consumer.close();
    throw new TachyonError('BROKER_UNREACHABLE', `${router}: not registered within ${timeoutMs} ms`);
  }

  request(topic: string, body: PublishBody, options: RequestOptions = {}): Promise<Reply> {
    return this.#asking().one(topic, body, options);
  }

  requestMany(topic: string, body: PublishBody, options: RequestOptions = {}): AsyncIterableIterator<Reply> {
    return this.#asking().many(topic, body, options);
  }

  respond(options: string | ConsumeOptions, handler: RequestHandler): Promise<Consumer> {
    return this.consume(typeof options === 'string' ? { queue: options } : options, responding(handler));
  }

  #asking(): Requests {
    this.#mustBeOpen();
    this.#requests ??= new Requests({
      ...this.#connectionOptions('request'),
      tenant: this.#settings.tenant,
      clientName: this.#settings.name,
      publish: (...words) => this.publish(...words),
    });
    return this.#requests;
  }

  async subscribe(patterns: string | readonly string[], handler: FanoutHandler | null = null): Promise<Subscription> {
    this.#mustBeOpen();
    const { pub, timeoutMs, transport } = this.#settings;
    const subscription = new SubSubscription(typeof patterns === 'string' ? [patterns] : patterns, handler, {
      address: pub,
      timeoutMs,
      transport,
      highWaterMark: SUBSCRIBE_HIGH_WATER_MARK,
    });
    this.#subscriptions.add(subscription);
    void subscription.closed().then(() => this.#subscriptions.delete(subscription));
    await subscription.open();
    return subscription;
  }

  get outstanding(): number {
    return this.#producer.outstanding;
  }

  status(): AsyncIterableIterator<Status> {
    return this.#feed.read();
  }

  on(type: StatusType | '*', listener: (status: never) => void): () => void {
    const heard = listener as (status: Status) => void;
    return this.#feed.on((status) => {
      if (type === '*' || status.type === type) heard(status);
    });
  }

  async drain({ timeoutMs = DRAIN_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#stopping = true;
    const deadlineMs = performance.now() + timeoutMs;
    const left = (): number => Math.max(0, deadlineMs - performance.now());
    await Promise.all([...this.#consumers].map((consumer) => consumer.drain({ timeoutMs: left() })));
    await within(this.#producer.flushed(), left());
    await this.close();
  }

  close(): Promise<void> {
    return this.#close(null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  async #close(error: TachyonError | null): Promise<void> {
    this.#stopping = true;
    if (this.#closed) return;
    this.#closed = true;
    this.#producer.close(error ?? new TachyonError('CLIENT_CLOSED'));
    this.#requests?.close(error ?? new TachyonError('CLIENT_CLOSED'));
    await Promise.all([...this.#consumers, ...this.#subscriptions].map((part) => part.close()));
    this.#feed.tell({ type: 'closed', error });
  }

  #mustBeOpen(): void {
    if (this.#stopping) throw new TachyonError('CLIENT_CLOSED');
  }

  #connectionOptions(name: ConnectionName): ConnectionOptions {
    const { router, transport, timeoutMs, reconnect } = this.#settings;
    const tell = (status: Status): void => this.#feed.tell(status);
    return { name, address: router, openLink: openLinkOver(transport), timeoutMs, reconnect, tell };
  }
}
