// Requests of a client: one inbox over a connection of its own, and the requests that wait for what comes there, told apart
// by their correlation ids.
//
// Invariant: every request ends: by its last reply, an error, its time, or with the connection that its inbox lived on.

import { randomBytes } from 'node:crypto';
import {
  type BrokerWord,
  type DeliverPacket,
  type HelloOk,
  INBOX_QUEUE_INDEX,
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
import type { PublishBody, PublishOptions } from '../publish/message.ts';
import type { PublishReceipt } from '../publish/receipt.ts';
import { InboxReply, type Reply } from './reply.ts';
import { WaitingRequest } from './waiting-request.ts';

export interface RequestOptions extends Omit<PublishOptions, 'replyTo' | 'replyExpected' | 'correlationId'> {
  /** How long the answer may take, and each further one of several. Default 5,000. */
  readonly timeoutMs?: number;
  /** Of several replies, so many may wait to be read. Default 1,024. */
  readonly bufferMax?: number;
}

export interface RequestsOptions extends ConnectionOptions {
  readonly tenant: string;
  readonly clientName: string;
  readonly publish: (topic: string, body: PublishBody, options: PublishOptions) => Promise<PublishReceipt>;
}

const TIMEOUT_MS = 5_000;
const BUFFER_MAX = 1_024;
/** Requests that wait at a time. */
const WAITING_MAX = 65_536;

export class Requests implements ConnectionEvents {
  readonly #options: RequestsOptions;
  readonly #connection: Connection;
  readonly #waiting = new Map<string, WaitingRequest>();
  readonly #prefix = randomBytes(6).toString('hex');
  #address: Deferred<string> = deferred<string>();
  #started = false;
  #closed: TachyonError | null = null;
  #number = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#connection = new Connection(options, this);
  }

  async one(topic: string, body: PublishBody, options: RequestOptions): Promise<Reply> {
    const waiting = await this.#ask(topic, body, options);
    const reply = await waiting.next();
    waiting.close();
    if (reply === null) throw new TachyonError('CLIENT_CLOSED');
    return reply;
  }

  async *many(topic: string, body: PublishBody, options: RequestOptions): AsyncGenerator<Reply, void, undefined> {
    const waiting = await this.#ask(topic, body, options);
    try {
      for (let reply = await waiting.next(); reply !== null; reply = await waiting.next()) yield reply;
    } finally {
      waiting.close();
    }
  }

  async #ask(topic: string, body: PublishBody, options: RequestOptions): Promise<WaitingRequest> {
    const { timeoutMs = TIMEOUT_MS, bufferMax = BUFFER_MAX, ...said } = options;
    for (const [name, value] of [
      ['timeoutMs', timeoutMs],
      ['bufferMax', bufferMax],
    ] as const)
      if (!Number.isSafeInteger(value) || value < 1)
        throw new TachyonError('INVALID_ARGUMENT', `${name}: must be a whole number from 1`);
    if (this.#waiting.size >= WAITING_MAX) throw new TachyonError('BUFFER_FULL', `${WAITING_MAX} requests wait`);
    const beganMs = performance.now();
    const replyTo = await this.#inbox(timeoutMs);
    this.#number += 1;
    const correlationId = `${this.#prefix}-${this.#number}`;
    const leftMs = Math.max(1, Math.ceil(timeoutMs - (performance.now() - beganMs)));
    const waiting = new WaitingRequest({
      firstMs: leftMs,
      timeoutMs,
      bufferMax,
      ended: () => this.#waiting.delete(correlationId),
    });
    this.#waiting.set(correlationId, waiting);
    // Nobody is to work on it when nobody waits any more.
    const ttl = said.ttlMs === undefined && said.expiresAt === undefined ? { ttlMs: leftMs } : {};
    this.#options
      .publish(topic, body, { ...said, ...ttl, replyTo, correlationId, replyExpected: true })
      .catch((error: TachyonError) => waiting.fail(error));
    return waiting;
  }

  /** Opened with the first request, and again with each connection. */
  async #inbox(timeoutMs: number): Promise<string> {
    if (this.#closed !== null) throw this.#closed;
    if (!this.#started) {
      this.#started = true;
      this.#connection.start();
    }
    const address = this.#address.promise;
    address.catch(() => undefined);
    if (await within(address, timeoutMs)) return address;
    throw new TachyonError('TIMEOUT', `no inbox within ${timeoutMs} ms`);
  }

  close(error: TachyonError): void {
    if (this.#closed !== null) return;
    this.#closed = error;
    this.#connection.close();
    this.#fail(error);
  }

  greeting(): Greeting {
    return { tenantId: this.#options.tenant, client: this.#options.clientName, producer: null };
  }

  opened({ server }: HelloOk): void {
    this.#options.tell({ type: 'connected', connection: this.#options.name, server });
    this.#connection.say({ type: 'inbox.open', request: null });
  }

  packet(packet: { readonly type: string }): void {
    if (packet.type !== 'deliver') return;
    const { bytes, offsets, queueIndex } = packet as DeliverPacket;
    if (queueIndex !== INBOX_QUEUE_INDEX) return;
    for (const offset of offsets) {
      const reply = new InboxReply(bytes, offset);
      // One that nobody waits for any more is late.
      this.#waiting.get(reply.attributes.correlation_id ?? '')?.take(reply);
    }
  }

  word(word: BrokerWord): void {
    if (word.type === 'inbox.opened') this.#address.resolve(word.address);
    else if (word.type === 'error')
      this.#options.tell({ type: 'error', connection: this.#options.name, error: errorOf(word) });
  }

  /** The inbox went with the connection: what was asked may be worked on, and its answer reaches nobody. */
  lost(error: TachyonError): void {
    this.#fail(error);
    this.#address = deferred<string>();
  }

  refused(): boolean {
    return false;
  }

  ended(error: TachyonError): void {
    this.close(error);
  }

  #fail(error: TachyonError): void {
    this.#address.promise.catch(() => undefined);
    this.#address.reject(error);
    for (const waiting of [...this.#waiting.values()]) waiting.fail(error);
  }
}
