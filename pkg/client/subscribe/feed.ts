// Where fanout comes from: a SUB socket that connects again by itself and asks again for its prefixes. Best effort: what
// was published while it was away is missed.

import type { TachyonError } from '../../protocol/index.ts';
import type { Frames } from '../link/link.ts';

export interface FeedEvents {
  /** The publisher has greeted; once more after each reconnect. */
  greeted(): void;
  /** In the order of the publisher. The frames are the receiver's: their memory is not used again. */
  messages(messages: readonly Frames[]): void;
  /** Nothing more arrives, and no further attempt is made. Once, never after `close`. */
  ended(error: TachyonError): void;
}

export interface FeedOptions {
  readonly address: string;
  readonly prefixes: readonly string[];
  /** Messages that may wait in all, here or below, before the publisher is not read from any more. */
  readonly highWaterMark: number;
}

export interface Feed {
  /** So many messages may wait above this feed before it is to be paused. */
  readonly waitingMax: number;
  /** Takes in nothing more; what was read already may still be told. */
  pause(): void;
  resume(): void;
  /** Idempotent. */
  close(): void;
}

/** Begins to connect, and returns at once. */
export type OpenFeed = (options: FeedOptions, events: FeedEvents) => Feed;
