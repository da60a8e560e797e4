// The admin endpoint of a broker on this machine: questions and operator actions, each with one answer.
// Invariant: every request settles: with its answer, or with the code of why there is none.

/// <reference lib="esnext.disposable" preserve="true" />

import { type BrokerWord, type HelloOk, TachyonError } from '../protocol/index.ts';
import { type Deferred, deferred } from './deferred.ts';
import { Connection, type ConnectionEvents, type Greeting } from './link/connection.ts';
import { type ClientTransport, openLinkOver, TRANSPORT_DEFAULT } from './link/transport.ts';

export interface AdminOptions {
  /** The broker's socket: `admin.sock` in its data folder. */
  readonly socketPath: string;
  /** How long an answer may take. Default 5,000. */
  readonly timeoutMs?: number;
  /** Default `zmtp`. */
  readonly transport?: ClientTransport;
}

/** A connection to one broker's admin endpoint. It is made anew when it broke and the next request comes. */
export interface AdminClient {
  /**
   * Resolves with the result of the word. Rejects with the broker's own code when it refused, with BROKER_UNREACHABLE
   * when nobody listens or the connection breaks (an action may have been carried out then), with TIMEOUT when there
   * was no answer in time (the same), and with CLIENT_CLOSED.
   */
  request(word: string, args?: unknown, options?: { readonly timeoutMs?: number }): Promise<unknown>;
  /** Idempotent; requests under way reject with CLIENT_CLOSED. */
  close(): Promise<void>;
  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Resolves when the endpoint has answered; rejects with BROKER_UNREACHABLE when there is no socket or no answer. */
export async function openAdmin(options: AdminOptions): Promise<AdminClient> {
  const admin = new AdminEndpoint(options);
  await admin.open();
  return admin;
}

const TIMEOUT_MS = 5_000;

interface Question {
  readonly answer: Deferred<unknown>;
  readonly timer: NodeJS.Timeout;
}

class AdminEndpoint implements AdminClient, ConnectionEvents {
  readonly #address: string;
  readonly #timeoutMs: number;
  readonly #transport: ClientTransport;
  readonly #questions = new Map<number, Question>();
  #connection: Connection | null = null;
  #opened: Deferred<void> = deferred<void>();
  #lastId = 0;
  #isClosed = false;

  constructor({ socketPath, timeoutMs = TIMEOUT_MS, transport = TRANSPORT_DEFAULT }: AdminOptions) {
    this.#address = `ipc://${socketPath}`;
    this.#timeoutMs = timeoutMs;
    this.#transport = transport;
  }

  open(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new TachyonError('CLIENT_CLOSED'));
    if (this.#connection === null) {
      this.#opened = deferred<void>();
      this.#connection = new Connection(
        {
          name: 'admin',
          address: this.#address,
          openLink: openLinkOver(this.#transport),
          timeoutMs: this.#timeoutMs,
          reconnect: null,
          tell: () => undefined,
        },
        this,
      );
      this.#connection.start();
    }
    return this.#opened.promise;
  }

  async request(word: string, args: unknown = {}, options: { readonly timeoutMs?: number } = {}): Promise<unknown> {
    await this.open();
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = deferred<unknown>();
    const timer = setTimeout(() => {
      this.#questions.delete(id);
      answer.reject(new TachyonError('TIMEOUT', `${word}: no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    this.#questions.set(id, { answer, timer });
    this.#connection?.say({ type: 'admin.request', id, word, args });
    return answer.promise;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#connection?.close();
    this.#fail(new TachyonError('CLIENT_CLOSED'));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  greeting(): Greeting {
    return { tenantId: '', client: 'aetherbus-tachyon/admin', producer: null };
  }

  opened(_ok: HelloOk): void {
    this.#opened.resolve();
  }

  packet(): void {
    // Nothing is published or consumed here.
  }

  word(word: BrokerWord): void {
    if (word.type !== 'admin.reply') return;
    const question = this.#questions.get(word.id);
    if (question === undefined) return; // too late: it timed out
    this.#questions.delete(word.id);
    clearTimeout(question.timer);
    if (word.ok) question.answer.resolve(word.result);
    else question.answer.reject(new TachyonError(word.error?.code ?? 'INTERNAL', word.error?.message ?? ''));
  }

  lost(): void {
    // `ended` follows: this connection is not mended.
  }

  refused(): boolean {
    return false;
  }

  ended(error: TachyonError): void {
    this.#fail(error);
  }

  #fail(error: TachyonError): void {
    this.#connection = null;
    this.#opened.reject(error);
    for (const { answer, timer } of this.#questions.values()) {
      clearTimeout(timer);
      answer.reject(error);
    }
    this.#questions.clear();
  }
}
