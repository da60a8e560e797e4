// The heads of messages that say little beside topic and body, as bytes: what such a message costs is two copies into the
// packet. Topics repeat, so the heads of recent ones are kept. A memo only, bounded.

import { type Attributes, type DeliveryMode, encodeBlockHead } from '../../protocol/index.ts';
import { JSON_ATTRIBUTES, NO_OPTIONS, type PublishOptions } from './message.ts';

const KEPT_MAX = 1_024;

/** What a head says beside its topic. */
interface Kind {
  readonly attributes: Attributes | null;
  readonly heads: Map<string, Uint8Array>;
}

const kindOf = (isJson: boolean, mode: DeliveryMode | null): Kind => {
  const said: Attributes = { ...(isJson ? JSON_ATTRIBUTES : {}), ...(mode === null ? {} : { delivery_mode: mode }) };
  return { attributes: Object.keys(said).length === 0 ? null : said, heads: new Map() };
};
const kindsOf = (mode: DeliveryMode | null) => ({ plain: kindOf(false, mode), json: kindOf(true, mode) });

export class BlockHeads {
  readonly #unsaid = kindsOf(null);
  readonly #direct = kindsOf('direct');
  readonly #fanout = kindsOf('fanout');
  #lastTopic = '';
  #lastKind: Kind | null = null;
  #last: Uint8Array | null = null;

  /**
   * The head of a block with an empty body; null for options that say more than where it goes. Throws what
   * `encodeBlockHead` throws.
   */
  of(topic: string, isJson: boolean, options: PublishOptions): Uint8Array | null {
    const kinds = options === NO_OPTIONS ? this.#unsaid : this.#kindsOf(options);
    if (kinds === null) return null;
    const kind = isJson ? kinds.json : kinds.plain;
    if (this.#last !== null && topic === this.#lastTopic && kind === this.#lastKind) return this.#last;
    let head = kind.heads.get(topic);
    if (head === undefined) {
      head = encodeBlockHead({ topic, attributes: kind.attributes }, 0);
      if (kind.heads.size >= KEPT_MAX) kind.heads.clear();
      kind.heads.set(topic, head);
    }
    this.#lastTopic = topic;
    this.#lastKind = kind;
    this.#last = head;
    return head;
  }

  #kindsOf(options: PublishOptions): ReturnType<typeof kindsOf> | null {
    for (const name in options) if (name !== 'mode' || !Object.hasOwn(options, name)) return null;
    switch (options.mode) {
      case undefined:
        return this.#unsaid;
      case 'direct':
        return this.#direct;
      case 'fanout':
        return this.#fanout;
      default:
        return null;
    }
  }
}
