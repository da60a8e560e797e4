// What a client tells about itself: one union, for listeners and for any number of async iterations.
// Invariant: an iteration that is not read keeps a bounded number of changes, the youngest.

import type { ErrorCode, TachyonError } from '../protocol/index.ts';

/** Which of the client's connections a status is about: the publishing one, or that of a consumer. */
export type ConnectionName = 'publish' | 'request' | `consume:${string}` | 'admin';

export type Status =
  /** Hello was answered (and, for a consumer, its session is registered). */
  | { readonly type: 'connected'; readonly connection: ConnectionName; readonly server: string }
  /** The connection broke, or the broker was silent for three heartbeats. */
  | { readonly type: 'disconnected'; readonly connection: ConnectionName; readonly error: TachyonError }
  /** The next attempt follows in `delayMs`. */
  | {
      readonly type: 'reconnecting';
      readonly connection: ConnectionName;
      readonly attempt: number;
      readonly delayMs: number;
    }
  /** The broker shuts down: nothing new is sent to it, and the client reconnects once it is gone. */
  | { readonly type: 'draining'; readonly connection: ConnectionName; readonly reconnectAfterMs: number }
  /**
   * The broker does not know the producer any more, so a new one was opened. `uncertain` messages had been sent under
   * the former one without a confirm: they were sent again, and may be in their queues twice.
   */
  | { readonly type: 'producer-renewed'; readonly uncertain: number }
  /** The consumer has another session than before: what it held went back to the queue, `lost` deliveries in all. */
  | { readonly type: 'session-renewed'; readonly connection: ConnectionName; readonly lost: number }
  /** An ack, nack or extend came too late or was not ours: the message goes on without it. */
  | {
      readonly type: 'settlement-refused';
      readonly connection: ConnectionName;
      readonly deliveryId: number;
      readonly code: ErrorCode;
    }
  /** `count` deliveries ended with what they were leased from: nothing is left to settle, whoever works on them may stop. */
  | {
      readonly type: 'leases-ended';
      readonly connection: ConnectionName;
      readonly queue: string;
      readonly count: number;
      readonly code: ErrorCode;
    }
  /** A handler threw; the delivery was handed back with the error's message, unless it was settled before. */
  | {
      readonly type: 'handler-failed';
      readonly connection: ConnectionName;
      readonly deliveryId: number;
      readonly error: unknown;
    }
  /** Something that no promise could tell. */
  | { readonly type: 'error'; readonly connection: ConnectionName; readonly error: TachyonError }
  /** The client is closed; null when it was asked to. */
  | { readonly type: 'closed'; readonly error: TachyonError | null };

export type StatusType = Status['type'];

const KEPT_MAX = 1_024;

export class StatusFeed {
  readonly #listeners = new Set<(status: Status) => void>();
  readonly #readers = new Set<StatusReader>();
  #ended = false;

  on(listener: (status: Status) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener that throws does not stop the others; its error surfaces as an uncaught one. */
  tell(status: Status): void {
    if (this.#ended) return;
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        setImmediate(() => {
          throw error;
        });
      }
    }
    for (const reader of this.#readers) reader.push(status);
    if (status.type !== 'closed') return;
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
  }

  read(): AsyncIterableIterator<Status> {
    const reader: StatusReader = new StatusReader(() => this.#readers.delete(reader));
    if (this.#ended) reader.end();
    else this.#readers.add(reader);
    return reader;
  }
}

class StatusReader implements AsyncIterableIterator<Status> {
  readonly #left: () => void;
  #kept: Status[] = [];
  #waiting: ((result: IteratorResult<Status>) => void)[] = [];
  #ended = false;

  constructor(left: () => void) {
    this.#left = left;
  }

  push(status: Status): void {
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader({ value: status, done: false });
    if (this.#kept.length === KEPT_MAX) this.#kept.shift();
    this.#kept.push(status);
  }

  end(): void {
    this.#ended = true;
    this.#left();
    for (const reader of this.#waiting) reader({ value: undefined, done: true });
    this.#waiting = [];
  }

  next(): Promise<IteratorResult<Status>> {
    const value = this.#kept.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<Status>> {
    this.#kept = [];
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
