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

const COMPACT_FROM = 1_024;

export class WaitingLine {
  #items: (WaitingPublish | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: WaitingPublish): void {
    this.#items.push(item);
  }

  shift(): WaitingPublish | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
