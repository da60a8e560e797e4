// A consumer's session with the broker: registered over its own connection (the broker knows one session per connection),
// taken up again or renewed after each reconnect.
//
// Invariant: `held` is what this session may still settle. A delivery leaves it by a settlement, or all leave it when
// the session is lost; what is said of a delivery that left goes nowhere.

import {
  type AckedPacket,
  type BrokerWord,
  type ConsumerLeasesEnded,
  type ConsumerRegistered,
  type DeliverPacket,
  type ErrorCode,
  encodeExtend,
  encodeFetch,
  type FetchedPacket,
  type HelloOk,
  TachyonError,
} from '../../protocol/index.ts';
import { type Deferred, deferred, within } from '../deferred.ts';
import {
  Connection,
  type ConnectionEvents,
  type ConnectionOptions,
  errorOf,
  type Greeting,
} from '../link/connection.ts';
import type { Publish } from '../request/respond.ts';
import type { DurableAck, LeasedDelivery, NackOptions, Settling } from './delivery.ts';
import { DeliveryBatch } from './delivery-batch.ts';
import { HeldDeliveries } from './held-deliveries.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { aheadMsOf, type ConsumeOptions } from './options.ts';
import { Settlements } from './settlements.ts';

export interface SessionOptions extends ConnectionOptions {
  readonly tenant: string;
  readonly clientName: string;
  readonly consumerId: string;
  readonly consume: ConsumeOptions;
  /** For answers to what is consumed. */
  readonly publish: Publish;
}

export interface SessionEvents {
  arrived(batch: DeliveryBatch): void;
  /** A delivery that was handed out is settled, or lost. */
  settled(): void;
  /** The fetch of this number has ended: all that it was given has arrived. */
  fetched(request: number): void;
  /** Everything held is lost. */
  lost(): void;
  /** Not told after `close`. */
  ended(error: TachyonError): void;
}

/** Words after which this connection has no session any more. */
const SESSION_GONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_REGISTERED',
  'SESSION_EXPIRED',
  'HELLO_REQUIRED',
]);

export class ConsumerSession implements ConnectionEvents, Settling {
  readonly acks: boolean;
  readonly held = new HeldDeliveries();
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #connection: Connection;
  readonly #settlements: Settlements;
  readonly #keeper: LeaseKeeper;
  readonly #opened: Deferred<void> = deferred<void>();
  #wasOpened = false;
  #registered: ConsumerRegistered | null = null;
  #token: string | null = null;
  #server = '';
  #handedOut = 0;
  #fetches = 0;
  #goodbye: Deferred<void> | null = null;

  constructor(options: SessionOptions, events: SessionEvents) {
    this.#options = options;
    this.#events = events;
    this.acks = options.consume.supportsAck ?? true;
    this.#connection = new Connection(options, this);
    const send = (packet: Uint8Array): void => this.#connection.send(packet);
    this.#settlements = new Settlements(send);
    this.#keeper = new LeaseKeeper(aheadMsOf(options.consume), this.held, send);
    this.#opened.promise.catch(() => undefined); // `open` hands the promise to its caller
  }

  get publish(): Publish {
    return this.#options.publish;
  }

  /** Resolves when the session is registered; rejects when it is refused, or the connection ends, before that. */
  open(): Promise<void> {
    this.#connection.start();
    return this.#opened.promise;
  }

  get queues(): readonly string[] {
    return this.#registered?.queues.map((queue) => queue.name) ?? [];
  }

  /** Deliveries that the application has and has not settled. */
  get handedOut(): number {
    return this.#handedOut;
  }

  /** The next delivery of a packet that has arrived, for the application. */
  handOut(batch: DeliveryBatch): LeasedDelivery | undefined {
    const delivery = batch.take();
    if (delivery !== undefined && this.acks) this.#handedOut += 1;
    return delivery;
  }

  /** Gives the number by which `fetched` will name this one. */
  fetch(count: number, waitMs: number): number {
    this.#fetches = (this.#fetches + 1) >>> 0;
    this.#connection.send(encodeFetch(count, waitMs, this.#fetches));
    return this.#fetches;
  }

  /** What was said of deliveries a while ago leaves now. */
  flushStale(nowMs: number): void {
    this.#settlements.flushStale(nowMs);
  }

  /** Says goodbye: the broker takes back what is held. Waits for the answer, but not for ever. */
  async deregister(): Promise<void> {
    if (this.#registered === null) return;
    this.#settlements.flush();
    this.#goodbye = deferred<void>();
    const { consumerId } = this.#options;
    this.#connection.say({ type: 'consumer.deregister', tenantId: this.#options.tenant, consumerId, sessionId: null });
    await within(this.#goodbye.promise, this.#options.timeoutMs);
  }

  close(error: TachyonError): void {
    this.#keeper.stop();
    this.#connection.close();
    this.#registered = null;
    this.#settlements.hold(error);
    this.#settlements.drop(error);
    this.#loseHeld();
    this.#opened.reject(error);
    this.#goodbye?.resolve();
  }

  // What deliveries ask for.

  ack(delivery: LeasedDelivery): void {
    if (this.#settle(delivery.batch, delivery.index)) this.#settlements.ack(delivery.deliveryId);
  }

  ackDurably(delivery: LeasedDelivery): Promise<DurableAck> {
    this.#settle(delivery.batch, delivery.index);
    return this.#settlements.ackDurably(delivery.deliveryId);
  }

  nack(delivery: LeasedDelivery, options: NackOptions): void {
    if (this.#settle(delivery.batch, delivery.index)) this.#settlements.nack(delivery.deliveryId, options);
  }

  extend(delivery: LeasedDelivery, byMs: number): void {
    if (!this.acks) return;
    delivery.batch.extend(delivery.index, Math.max(delivery.deadlineMs, Date.now() + byMs));
    this.#connection.send(encodeExtend([delivery.deliveryId], byMs));
  }

  // What the connection tells.

  greeting(): Greeting {
    return { tenantId: this.#options.tenant, client: this.#options.clientName, producer: null };
  }

  opened({ server }: HelloOk): void {
    const { consume, consumerId, tenant } = this.#options;
    this.#server = server;
    this.#connection.say({
      type: 'consumer.register',
      tenantId: tenant,
      consumerId,
      mode: 'direct',
      subscriptions: consume.subscriptions ?? [],
      queue: consume.queue ?? null,
      form: null,
      window: consume.pull === true ? { messages: 0, bytes: null } : windowOf(consume),
      capabilities: {
        supportsAck: this.acks,
        resumable: consume.resumable ?? false,
        supportsCompression: ['lz4'],
        supportsCodec: [],
        maxInflight: 0,
      },
      sessionToken: this.#token,
    });
  }

  packet(packet: DeliverPacket | AckedPacket | FetchedPacket | { readonly type: 'confirm' }): void {
    if (packet.type === 'deliver' && this.#registered !== null) this.#arrive(packet, this.#registered);
    else if (packet.type === 'fetched' && packet.request !== null) this.#events.fetched(packet.request);
    else if (packet.type === 'acked') {
      this.#settlements.answered(packet);
      for (const { delivery, code } of packet.refused) this.#refused(delivery, code);
    }
  }

  word(word: BrokerWord): void {
    if (word.type === 'consumer.registered') this.#register(word);
    else if (word.type === 'consumer.deregistered') this.#goodbye?.resolve();
    else if (word.type === 'consumer.leases_ended') this.#endLeases(word);
    else if (word.type === 'error') this.#error(errorOf(word), word.deliveryId);
  }

  lost(error: TachyonError): void {
    this.#registered = null;
    this.#keeper.stop();
    this.#settlements.hold(new TachyonError('BROKER_UNREACHABLE', `${error.detail}; the outcome is not known`));
    if (this.#token === null) this.#loseHeld();
    this.#goodbye?.resolve();
  }

  refused(): boolean {
    return false;
  }

  ended(error: TachyonError): void {
    this.close(error);
    this.#events.ended(error);
  }

  #register(word: ConsumerRegistered): void {
    const { name, tell, consume } = this.#options;
    this.#registered = word;
    if (!word.resumed) {
      const lost = this.held.size;
      this.#loseHeld();
      if (this.#wasOpened) tell({ type: 'session-renewed', connection: name, lost });
    }
    if (consume.resumable === true && word.sessionToken !== '') this.#token = word.sessionToken;
    const forgotten = new TachyonError('STALE_DELIVERY', 'the session ended before it was sent');
    this.#settlements.resume(word.resumed, word.window.messages, forgotten);
    this.#connection.heartbeatWithin(word.heartbeatMs);
    this.#keeper.extendAll();
    this.#keeper.start();
    this.#wasOpened = true;
    tell({ type: 'connected', connection: name, server: this.#server });
    this.#opened.resolve();
  }

  #error(error: TachyonError, deliveryId: number | null): void {
    if (deliveryId !== null) return this.#refused(deliveryId, error.code);
    if (this.#registered === null) return this.#registerRefused(error);
    // Taking it back would only start a quarrel with the one that has it now.
    if (error.code === 'SESSION_REPLACED') return this.ended(error);
    if (SESSION_GONE.has(error.code)) return this.#connection.lose(error);
    this.#options.tell({ type: 'error', connection: this.#options.name, error });
  }

  #registerRefused(error: TachyonError): void {
    if (error.code === 'SESSION_TOKEN_MISMATCH' && this.#token !== null) {
      this.#token = null;
      return this.#connection.restart();
    }
    if (error.retryable || SESSION_GONE.has(error.code)) return this.#connection.lose(error);
    this.ended(error);
  }

  #arrive(packet: DeliverPacket, session: ConsumerRegistered): void {
    const registered = session.queues.find((entry) => entry.index === packet.queueIndex);
    const batch = new DeliveryBatch(packet, registered?.name ?? '', this);
    if (this.acks) {
      this.held.add(batch);
      // Before any code of the application runs: it may block the loop for long.
      this.#keeper.arrived(batch, registered?.leaseMs ?? 0);
    }
    this.#events.arrived(batch);
  }

  /** False where there is nothing to say to the broker. */
  #settle(batch: DeliveryBatch, index: number): boolean {
    const wasHandedOut = batch.isHandedOut(index);
    if (!this.acks) {
      batch.release(index);
      return false;
    }
    this.held.release(batch, index);
    if (wasHandedOut) {
      this.#handedOut -= 1;
      this.#events.settled();
    }
    return true;
  }

  /** False when it is not held. */
  #settleById(deliveryId: number): boolean {
    const batch = this.held.batchOf(deliveryId);
    return batch !== undefined && this.#settle(batch, batch.indexOf(deliveryId));
  }

  #refused(deliveryId: number, code: ErrorCode): void {
    this.#settleById(deliveryId);
    this.#options.tell({ type: 'settlement-refused', connection: this.#options.name, deliveryId, code });
  }

  /** Nobody waits for these any more: what the application has not begun is not handed out. */
  #endLeases({ code, queue, deliveries }: ConsumerLeasesEnded): void {
    const count = deliveries.filter((deliveryId) => this.#settleById(deliveryId)).length;
    this.#options.tell({ type: 'leases-ended', connection: this.#options.name, queue, count, code });
  }

  #loseHeld(): void {
    if (this.held.size === 0) return;
    this.held.clear();
    this.#handedOut = 0;
    this.#events.lost();
  }
}

const windowOf = ({ window }: ConsumeOptions): { messages: number | null; bytes: number | null } | null =>
  window === undefined ? null : { messages: window.messages ?? null, bytes: window.bytes ?? null };
