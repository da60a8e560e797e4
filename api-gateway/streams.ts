// Answers that do not end by themselves: how many there may be, and that all of them end when the gateway does.

import { TachyonError } from '../pkg/protocol/errors.ts';

const RETRY_AFTER_MS = 5_000;

export type StreamKind = 'events' | 'websocket';

export class Streams {
  readonly max: number;
  readonly #ends = new Map<() => void, StreamKind>();
  #closed = false;

  constructor(max: number) {
    this.max = max;
  }

  /** How many are open, by kind. */
  get open(): Readonly<Record<StreamKind, number>> {
    const open = { events: 0, websocket: 0 };
    for (const kind of this.#ends.values()) open[kind] += 1;
    return open;
  }

  /** Takes a place, to be given back with the function that is returned. Throws BUSY when there is none. */
  enter(kind: StreamKind, end: () => void): () => void {
    if (this.#closed) throw new TachyonError('DRAINING');
    if (this.#ends.size >= this.max) {
      throw new TachyonError('BUSY', `the gateway has ${this.max} streams open`, { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#ends.set(end, kind);
    return () => this.#ends.delete(end);
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#ends.keys()) end();
  }
}
