// Publishes for which the window or the buffer had no room yet, in order. They hold the caller's own values: nothing is
// copied before there is room. A queue over an array with a moving head, so that taking is O(1).

import type { PublishBody, PublishOptions } from './message.ts';
import type { Reject, Resolve } from './outstanding.ts';

export interface WaitingPublish {
  readonly topic: string;
  readonly body: PublishBody;
  readonly options: PublishOptions;
  readonly resolve: Resolve;
  readonly reject: Reject;
}

/** An atomic batch: it leaves the line whole. */
export interface WaitingBatch {
  readonly batch: readonly WaitingPublish[];
}

type Waiting = WaitingPublish | WaitingBatch;
const messagesOf = (item: Waiting): number => ('batch' in item ? item.batch.length : 1);

const COMPACT_FROM = 1_024;

export class WaitingLine {
  #items: (Waiting | undefined)[] = [];
  #head = 0;
  #messages = 0;

  /** Messages, those of batches included. */
  get length(): number {
    return this.#messages;
  }

  /** How many messages leave the line with the next `shift`. */
  get next(): number {
    const item = this.#items[this.#head];
    return item === undefined ? 0 : messagesOf(item);
  }

  push(item: Waiting): void {
    this.#items.push(item);
    this.#messages += messagesOf(item);
  }

  shift(): Waiting | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#messages -= messagesOf(item);
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
