// What a route asks of the bodies that it leads on: `compression` among its metadata names a codec. A message is stored
// once, however many queues it goes to, so one route that asks is enough.

import { checkTopic } from '../../pkg/protocol/topic.ts';
import type { State } from '../domain/state.ts';
import { type BodyCodec, codecNamed } from './codecs.ts';

const COMPRESSION_METADATA = 'compression';

export class AskedCodecs {
  readonly #state: State;
  /** Of the routes that `#any` speaks of. */
  #version = -1;
  #any = false;

  constructor(state: State) {
    this.#state = state;
  }

  /** Whether any route asks: as long as none does, messages pass unlooked at. Looks again when routes have changed. */
  get any(): boolean {
    const { routes, routeIndex } = this.#state;
    if (this.#version !== routeIndex.version) {
      this.#version = routeIndex.version;
      this.#any = false;
      for (const { metadata } of routes.values()) {
        if (codecOf(metadata) === null) continue;
        this.#any = true;
        break;
      }
    }
    return this.#any;
  }

  /** Null: no route of this topic asks, or what it asks for is not known here. */
  of(tenant: string, topic: string): BodyCodec | null {
    if (checkTopic(topic) !== null) return null;
    const { routes, routeIndex } = this.#state;
    // Whether a route counts for this very message is decided later: that it may is enough to ask.
    const match = routeIndex.match(tenant, topic);
    for (const { route } of match.choice?.routes ?? match.routes) {
      const codec = codecOf(routes.get(route)?.metadata ?? {});
      if (codec !== null) return codec;
    }
    return null;
  }
}

function codecOf(metadata: Readonly<Record<string, string>>): BodyCodec | null {
  const name = metadata[COMPRESSION_METADATA];
  return name === undefined ? null : codecNamed(name);
}
