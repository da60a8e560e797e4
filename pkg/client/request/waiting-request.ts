// One request under way: the replies that have come and were not read, and what ends it. Replies come in the order of their
// numbers or not at all: one that is missing ends it.

import { TachyonError } from '../../protocol/index.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { InboxReply, Reply } from './reply.ts';

export interface WaitingOptions {
  /** How long the first reply may take, and each further one. */
  readonly firstMs: number;
  readonly timeoutMs: number;
  /** Replies that may wait to be read. */
  readonly bufferMax: number;
  /** Nobody waits for this one any more. */
  readonly ended: () => void;
}

export class WaitingRequest {
  readonly #options: WaitingOptions;
  readonly #replies: InboxReply[] = [];
  #reader: Deferred<Reply | null> | null = null;
  #next = 1;
  #over = false;
  #error: TachyonError | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WaitingOptions) {
    this.#options = options;
    this.#wait(options.firstMs);
  }

  take(reply: InboxReply): void {
    if (this.#over) return;
    const { reply_error: failure } = reply.attributes;
    if (failure !== undefined) return this.fail(new TachyonError('REQUEST_FAILED', failure));
    if (reply.sequence !== 0 && reply.sequence !== this.#next) {
      const detail = `reply ${reply.sequence} came where ${this.#next} was next`;
      return this.fail(new TachyonError('REPLIES_LOST', detail));
    }
    if (this.#replies.length >= this.#options.bufferMax)
      return this.fail(new TachyonError('BUFFER_FULL', `${this.#replies.length} replies were not read`));
    this.#next += 1;
    this.#replies.push(reply);
    if (reply.isFinal) this.#end();
    else this.#wait(this.#options.timeoutMs);
    this.#serve();
  }

  /** What came before is still read. */
  fail(error: TachyonError): void {
    if (this.#over) return;
    this.#error = error;
    this.#end();
    this.#serve();
  }

  /** Whoever asked reads no more. */
  close(): void {
    this.#replies.length = 0;
    this.#end();
    this.#serve();
  }

  /** Null when there is no further one. */
  next(): Promise<Reply | null> {
    this.#reader ??= deferred<Reply | null>();
    const { promise } = this.#reader;
    this.#serve();
    return promise;
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === null) return;
    const reply = this.#replies.shift();
    if (reply === undefined && !this.#over) return;
    this.#reader = null;
    if (reply !== undefined) reader.resolve(reply);
    else if (this.#error === null) reader.resolve(null);
    else {
      reader.reject(this.#error);
      this.#error = null;
    }
  }

  #wait(timeoutMs: number): void {
    clearTimeout(this.#timer);
    const late = (): void => this.fail(new TachyonError('TIMEOUT', `no answer within ${timeoutMs} ms`));
    this.#timer = setTimeout(late, timeoutMs);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#options.ended();
  }
}
