// Fanout as it comes: a SUB socket with the literal prefixes of the patterns, and the patterns themselves applied here.
// Best effort by design. libzmq reconnects and subscribes again by itself; what was published meanwhile is missed.
// A reader that is slow leaves messages in libzmq's queue; beyond its high-water mark the broker drops.

/// <reference lib="esnext.disposable" preserve="true" />

import { Subscriber } from 'zeromq';
import { checkPattern, literalPrefix, matches, PACKET_BYTES_MAX, TachyonError } from '../../protocol/index.ts';
import { type Deferred, deferred, within } from '../deferred.ts';
import { type FanoutMessage, readFanout } from './fanout-message.ts';

/** Called for one message after the other; a promise it returns is waited for. */
export type FanoutHandler = (message: FanoutMessage) => unknown;

/** A best-effort reader of fanout. Either with a handler, or by `for await`; leaving the loop closes it. */
export interface Subscription extends AsyncIterable<FanoutMessage> {
  readonly patterns: readonly string[];
  /** Idempotent. A handler that runs is not waited for. */
  close(): Promise<void>;
  /** Resolves when the subscription has ended: null after `close`, else what the handler threw. Never rejects. */
  closed(): Promise<unknown>;
  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SubscriptionOptions {
  readonly address: string;
  readonly timeoutMs: number;
  /** Messages that may wait here unread. */
  readonly highWaterMark: number;
}

const decoder = new TextDecoder();

export class SubSubscription implements Subscription {
  readonly patterns: readonly string[];
  readonly #socket: Subscriber;
  readonly #handler: FanoutHandler | null;
  readonly #options: SubscriptionOptions;
  readonly #greeted: Deferred<void> = deferred<void>();
  readonly #ended: Deferred<unknown> = deferred<unknown>();

  constructor(patterns: readonly string[], handler: FanoutHandler | null, options: SubscriptionOptions) {
    for (const pattern of patterns) {
      const fault = checkPattern(pattern);
      if (fault !== null) throw new TachyonError(fault, pattern);
    }
    if (patterns.length === 0) throw new TachyonError('INVALID_ARGUMENT', 'no pattern to subscribe to');
    this.patterns = patterns;
    this.#handler = handler;
    this.#options = options;
    this.#socket = new Subscriber({
      linger: 0,
      receiveHighWaterMark: options.highWaterMark,
      maxMessageSize: PACKET_BYTES_MAX,
      // No ZMTP heartbeats: with a bounded queue libzmq 4.3.5 can abort on one (zeromq/libzmq issue 4364).
      heartbeatInterval: 0,
      tcpKeepalive: 1,
      tcpKeepaliveIdle: 10,
      tcpKeepaliveInterval: 5,
      tcpKeepaliveCount: 3,
      ipv6: options.address.includes('['),
    });
    this.#socket.subscribe(...new Set(patterns.map(literalPrefix)));
  }

  /** Resolves when the broker has greeted; its taking note of the subscription follows and is not told. */
  async open(): Promise<void> {
    const { address, timeoutMs } = this.#options;
    void this.#watch();
    this.#socket.connect(address);
    if (!(await within(this.#greeted.promise, timeoutMs))) {
      await this.close();
      throw new TachyonError('BROKER_UNREACHABLE', `${address}: no answer within ${timeoutMs} ms`);
    }
    if (this.#handler !== null) void this.#work(this.#handler);
  }

  close(): Promise<void> {
    this.#end(null);
    return Promise.resolve();
  }

  closed(): Promise<unknown> {
    return this.#ended.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<FanoutMessage> {
    if (this.#handler !== null) throw new TachyonError('INVALID_ARGUMENT', 'this subscription has a handler');
    try {
      for (let message = await this.#next(); message !== null; message = await this.#next()) yield message;
    } finally {
      this.#end(null);
    }
  }

  async #work(handler: FanoutHandler): Promise<void> {
    try {
      for (let message = await this.#next(); message !== null; message = await this.#next()) await handler(message);
      this.#end(null);
    } catch (error) {
      this.#end(error);
    }
  }

  /** The next message that a pattern matches; null when the subscription is closed. */
  async #next(): Promise<FanoutMessage | null> {
    while (!this.#socket.closed) {
      let frames: Uint8Array[];
      try {
        frames = await this.#socket.receive();
      } catch (error) {
        // Closing ends the open receive.
        if (this.#socket.closed) return null;
        throw error;
      }
      const [topicFrame, body, meta] = frames;
      if (topicFrame === undefined || body === undefined) continue;
      const topic = decoder.decode(topicFrame);
      if (this.patterns.some((pattern) => matches(pattern, topic))) return readFanout(topic, body, meta);
    }
    return null;
  }

  #end(reason: unknown): void {
    this.#socket.close();
    this.#ended.resolve(reason);
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#socket.events) {
      if (type === 'handshake') this.#greeted.resolve();
      if (type === 'end') return;
    }
  }
}
