// The heads of messages that say nothing beside topic and body, as bytes: what such a message costs is two copies into
// the packet. Topics repeat, so the heads of recent ones are kept. A memo only, bounded.

import { encodeBlockHead } from '../../protocol/index.ts';
import { JSON_ATTRIBUTES } from './message.ts';

const KEPT_MAX = 1_024;

export class BlockHeads {
  readonly #plain = new Map<string, Uint8Array>();
  readonly #json = new Map<string, Uint8Array>();
  #lastTopic = '';
  #lastIsJson = false;
  #last: Uint8Array | null = null;

  /** The head of a block with an empty body. Throws what `encodeBlockHead` throws. */
  of(topic: string, isJson: boolean): Uint8Array {
    if (this.#last !== null && topic === this.#lastTopic && isJson === this.#lastIsJson) return this.#last;
    const kept = isJson ? this.#json : this.#plain;
    let head = kept.get(topic);
    if (head === undefined) {
      head = encodeBlockHead({ topic, attributes: isJson ? JSON_ATTRIBUTES : null }, 0);
      if (kept.size >= KEPT_MAX) kept.clear();
      kept.set(topic, head);
    }
    this.#lastTopic = topic;
    this.#lastIsJson = isJson;
    this.#last = head;
    return head;
  }
}
