// Fanout as it comes: a feed of the literal prefixes of the patterns, and the patterns themselves applied here. Best
// effort by design. Invariants: what waits here is bounded by the feed's word, beyond which the broker drops; one
// handler runs at a time; nothing is handed over after the end.

/// <reference lib="esnext.disposable" preserve="true" />

import { checkPattern, literalPrefix, TachyonError } from '../../protocol/index.ts';
import { readTopic } from '../../protocol/topic-cache.ts';
import { LoopShare } from '../consume/loop-share.ts';
import { type Deferred, deferred, within } from '../deferred.ts';
import type { Frames } from '../link/link.ts';
import { type ClientTransport, TRANSPORT_DEFAULT } from '../link/transport.ts';
import { type FanoutMessage, readFanout } from './fanout-message.ts';
import type { Feed, FeedEvents, OpenFeed } from './feed.ts';
import { openLibzmqFeed } from './libzmq-feed.ts';
import { PatternFilter } from './pattern-filter.ts';
import { openZmtpFeed } from './zmtp-feed.ts';

/** Called for one message after the other; a promise it returns is waited for. */
export type FanoutHandler = (message: FanoutMessage) => unknown;

/** A best-effort reader of fanout. Either with a handler, or by `for await`; leaving the loop closes it. */
export interface Subscription extends AsyncIterable<FanoutMessage> {
  readonly patterns: readonly string[];
  /** Idempotent. A handler that runs is not waited for. */
  close(): Promise<void>;
  /**
   * Resolves when the subscription has ended: null after `close`, else with what the handler threw, or why the broker
   * cannot be reached any more. Never rejects.
   */
  closed(): Promise<unknown>;
  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SubscriptionOptions {
  readonly address: string;
  readonly timeoutMs: number;
  /** Messages that may wait here unread; those of one read more, where reading is not message by message. */
  readonly highWaterMark: number;
  /** Default `zmtp`. */
  readonly transport?: ClientTransport;
}

const openFeedOver = (transport: ClientTransport): OpenFeed => (transport === 'libzmq' ? openLibzmqFeed : openZmtpFeed);

export class SubSubscription implements Subscription, FeedEvents {
  readonly patterns: readonly string[];
  readonly #handler: FanoutHandler | null;
  readonly #options: SubscriptionOptions;
  readonly #filter: PatternFilter;
  readonly #share = new LoopShare();
  readonly #greeted: Deferred<void> = deferred<void>();
  readonly #ended: Deferred<unknown> = deferred<unknown>();
  #feed: Feed | null = null;
  #waiting: FanoutMessage[] = [];
  #head = 0;
  #isPaused = false;
  #isHandling = false;
  #isOver = false;
  #reader: Deferred<FanoutMessage | null> | null = null;

  constructor(patterns: readonly string[], handler: FanoutHandler | null, options: SubscriptionOptions) {
    for (const pattern of patterns) {
      const fault = checkPattern(pattern);
      if (fault !== null) throw new TachyonError(fault, pattern);
    }
    if (patterns.length === 0) throw new TachyonError('INVALID_ARGUMENT', 'no pattern to subscribe to');
    this.patterns = patterns;
    this.#handler = handler;
    this.#options = options;
    this.#filter = new PatternFilter(patterns);
  }

  /** Resolves when the broker has greeted; its taking note of the subscription follows and is not told. */
  async open(): Promise<void> {
    const { address, timeoutMs, transport = TRANSPORT_DEFAULT, highWaterMark } = this.#options;
    const prefixes = [...new Set(this.patterns.map(literalPrefix))];
    this.#feed = openFeedOver(transport)({ address, prefixes, highWaterMark }, this);
    const first = Promise.race([this.#greeted.promise, this.#ended.promise]);
    const isInTime = await within(first, timeoutMs);
    if (isInTime && !this.#isOver) return;
    const reason = this.#isOver ? await this.#ended.promise : null;
    await this.close();
    if (reason instanceof Error) throw reason;
    throw new TachyonError('BROKER_UNREACHABLE', `${address}: no answer within ${timeoutMs} ms`);
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

  // What the feed tells.

  greeted(): void {
    this.#greeted.resolve();
  }

  messages(messages: readonly Frames[]): void {
    for (let index = 0; index < messages.length; index += 1) {
      const [topicFrame, body, meta] = messages[index]!;
      if (topicFrame === undefined || body === undefined) continue;
      const topic = readTopic(topicFrame, 0, topicFrame.length);
      if (this.#filter.matches(topic)) this.#waiting.push(readFanout(topic, body, meta));
    }
    this.#serve();
    this.#balance();
  }

  ended(error: TachyonError): void {
    this.#end(error);
  }

  // What the application takes.

  #serve(): void {
    if (this.#handler !== null) this.#work(this.#handler);
    else if (this.#reader !== null && this.#left > 0) {
      const reader = this.#reader;
      this.#reader = null;
      reader.resolve(this.#take());
    }
  }

  /** Runs until nothing waits, or the handler has something to wait for: then that goes on with the rest. */
  #work(handler: FanoutHandler): void {
    if (this.#isHandling) return;
    this.#isHandling = true;
    while (this.#left > 0) {
      if (this.#share.yields(this.#resume)) break;
      let result: unknown;
      try {
        result = handler(this.#take()!);
      } catch (error) {
        return this.#end(error);
      }
      if (isThenable(result)) {
        result.then(this.#resume, (error: unknown) => this.#end(error));
        return;
      }
    }
    this.#isHandling = false;
  }

  readonly #resume = (): void => {
    this.#isHandling = false;
    this.#serve();
    this.#balance();
  };

  /** The next message; null when the subscription has ended. */
  #next(): Promise<FanoutMessage | null> {
    const message = this.#take();
    if (message !== null || this.#isOver) {
      this.#balance();
      return Promise.resolve(message);
    }
    if (this.#reader !== null) return Promise.reject(new TachyonError('INVALID_ARGUMENT', 'another loop waits'));
    this.#reader = deferred<FanoutMessage | null>();
    return this.#reader.promise;
  }

  get #left(): number {
    return this.#waiting.length - this.#head;
  }

  #take(): FanoutMessage | null {
    const message = this.#waiting[this.#head];
    if (message === undefined) return null;
    this.#head += 1;
    if (this.#head === this.#waiting.length) {
      this.#waiting = [];
      this.#head = 0;
    }
    return message;
  }

  /** A feed above its bound is not read from until half of that is worked off. */
  #balance(): void {
    const feed = this.#feed;
    if (feed === null || this.#isOver) return;
    const left = this.#left;
    if (!this.#isPaused && left >= feed.waitingMax) {
      this.#isPaused = true;
      feed.pause();
    } else if (this.#isPaused && left <= feed.waitingMax / 2) {
      this.#isPaused = false;
      feed.resume();
    }
  }

  #end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#feed?.close();
    this.#waiting = [];
    this.#head = 0;
    this.#ended.resolve(reason);
    this.#reader?.resolve(null);
    this.#reader = null;
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
