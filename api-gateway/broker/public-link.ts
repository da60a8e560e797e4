// The public clients of the gateway: one per tenant, made when the tenant first publishes or consumes. A client mends
// itself over a short absence of the broker.
//
// Invariants: there are only so many clients, and one that nobody holds makes room for another tenant; after a publish was
// answered with TIMEOUT it is not sent again, because its client is closed then: "not known" never turns into "much later".

import { type BatchMessage, type Client, connect } from '../../pkg/client/client.ts';
import type { PublishBody, PublishOptions } from '../../pkg/client/publish/message.ts';
import type { PublishReceipt } from '../../pkg/client/publish/receipt.ts';
import type { Reply } from '../../pkg/client/request/reply.ts';
import type { RequestOptions } from '../../pkg/client/request/requests.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { bounded } from './bounded.ts';

const CLIENT_NAME = 'tachyon-gateway';
const TENANTS_MAX = 32;
const RETRY_AFTER_MS = 1_000;

export interface PublicLinkOptions {
  /** The admin socket speaks the whole wire, so no port has to be known. */
  readonly socketPath: string;
  readonly timeoutMs: number;
  /** Told of each publish when it has ended: the code of its failure, null where it was accepted. */
  readonly asked?: (word: string, seconds: number, code: string | null) => void;
  /** How a client is opened; the public one when not given. */
  readonly open?: typeof connect;
}

/** A client that stays as long as it is held. */
export interface Held {
  /** Rejects with BROKER_UNREACHABLE. */
  readonly client: Promise<Client>;
  /** Idempotent. */
  release(): void;
}

interface Kept {
  readonly client: Promise<Client>;
  holders: number;
}

export class PublicLink {
  readonly #options: PublicLinkOptions;
  /** The one that was held longest ago comes first. */
  readonly #kept = new Map<string, Kept>();
  #closed = false;

  constructor(options: PublicLinkOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Rejects with the broker's code, with BROKER_UNREACHABLE, or with TIMEOUT: then the outcome is not known. */
  publish(tenant: string, topic: string, body: PublishBody, options: PublishOptions): Promise<PublishReceipt> {
    return this.#ask(tenant, 'publish', (client) => client.publish(topic, body, options));
  }

  /** All or none. Rejects as `publish` does, with the first fault of the batch. */
  publishBatch(tenant: string, messages: readonly BatchMessage[]): Promise<PublishReceipt[]> {
    return this.#ask(tenant, 'publish_batch', async (client) => {
      const results = await client.publishBatch(messages, { atomic: true });
      const fault = results.findIndex((result) => !result.ok && result.error.code !== 'BATCH_REFUSED');
      const index = fault < 0 ? results.findIndex((result) => !result.ok) : fault;
      const refused = results[index];
      if (refused?.ok === false) {
        const { code, detail, retryAfterMs } = refused.error;
        const more = retryAfterMs === undefined ? {} : { retryAfterMs };
        throw new TachyonError(code, `message ${index} of the batch: ${detail}`, more);
      }
      return results.flatMap((result) => (result.ok ? [result.receipt] : []));
    });
  }

  /** Resolves with the one answer. Rejects as `Client.request` does; the outcome of a request is never known to be none. */
  async request(tenant: string, topic: string, body: PublishBody, options: RequestOptions): Promise<Reply> {
    const held = this.hold(tenant);
    const beganMs = performance.now();
    let failure: string | null = 'INTERNAL';
    try {
      const reply = await (await held.client).request(topic, body, options);
      failure = null;
      return reply;
    } catch (error) {
      if (error instanceof TachyonError) failure = error.code;
      throw error;
    } finally {
      held.release();
      this.#options.asked?.('request', (performance.now() - beganMs) / 1_000, failure);
    }
  }

  async #ask<T>(tenant: string, word: string, work: (client: Client) => Promise<T>): Promise<T> {
    const held = this.hold(tenant);
    const beganMs = performance.now();
    let failure: string | null = 'INTERNAL';
    try {
      const client = await held.client;
      const answer = await bounded(work(client), this.#options.timeoutMs, word);
      failure = null;
      return answer;
    } catch (error) {
      if (!(error instanceof TachyonError)) throw error;
      failure = error.code;
      if (error.code === 'TIMEOUT') this.#drop(tenant, held.client);
      if (error.code !== 'CLIENT_CLOSED') throw error;
      throw new TachyonError('BROKER_UNREACHABLE', 'the connection ended before the answer: the outcome is not known');
    } finally {
      held.release();
      this.#options.asked?.(word, (performance.now() - beganMs) / 1_000, failure);
    }
  }

  /** Throws BUSY when all the clients that there may be are held for other tenants. */
  hold(tenant: string): Held {
    if (this.#closed) throw new TachyonError('CLIENT_CLOSED');
    const kept = this.#kept.get(tenant) ?? this.#open(tenant);
    this.#kept.delete(tenant);
    this.#kept.set(tenant, kept);
    kept.holders += 1;
    let isHeld = true;
    const release = (): void => {
      if (isHeld) kept.holders -= 1;
      isHeld = false;
    };
    return { client: kept.client, release };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const clients = await Promise.all([...this.#kept.values()].map(({ client }) => client.catch(() => null)));
    await Promise.all(clients.flatMap((client) => client?.close() ?? []));
  }

  #open(tenant: string): Kept {
    this.#makeRoom();
    const { socketPath, timeoutMs, open = connect } = this.#options;
    const client = open({
      router: `ipc://${socketPath}`,
      name: CLIENT_NAME,
      timeoutMs,
      onFull: 'reject',
      ...(tenant === '' ? {} : { tenant }),
    });
    const kept: Kept = { client, holders: 0 };
    const forget = (): void => this.#forget(tenant, client);
    client.then((opened) => opened.on('closed', forget), forget);
    return kept;
  }

  #makeRoom(): void {
    if (this.#kept.size < TENANTS_MAX) return;
    const idle = [...this.#kept].find(([, { holders }]) => holders === 0);
    if (idle === undefined) {
      throw new TachyonError('BUSY', `the gateway serves ${TENANTS_MAX} tenants`, { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#drop(idle[0], idle[1].client);
  }

  #drop(tenant: string, client: Promise<Client>): void {
    this.#forget(tenant, client);
    client.then((opened) => opened.close()).catch(() => undefined);
  }

  #forget(tenant: string, client: Promise<Client>): void {
    if (this.#kept.get(tenant)?.client === client) this.#kept.delete(tenant);
  }
}
