// A feed over a SUB socket of pkg/zmtp. What waits is above it; while paused nothing is read, and what the publisher sends
// waits in the kernels, then with the publisher, which drops beyond its own bound.

import { PACKET_BYTES_MAX, TachyonError } from '../../protocol/index.ts';
import { type Peer, Sub } from '../../zmtp/index.ts';
import type { Feed, FeedEvents, FeedOptions } from './feed.ts';

const LIMITS = { messageBytesMax: PACKET_BYTES_MAX, framesMax: 64, handshakeMs: 10_000 };
const HEARTBEAT = { intervalMs: 5_000, timeoutMs: 15_000, ttlMs: 0 };
const RECONNECT = { delayMs: 100, delayMsMax: 5_000 };

export const openZmtpFeed = (options: FeedOptions, events: FeedEvents): Feed => new ZmtpFeed(options, events);

class ZmtpFeed implements Feed {
  readonly waitingMax: number;
  readonly #events: FeedEvents;
  readonly #socket: Sub;
  #peer: Peer | null = null;
  #isPaused = false;
  #isClosed = false;

  constructor({ address, prefixes, highWaterMark }: FeedOptions, events: FeedEvents) {
    this.waitingMax = highWaterMark;
    this.#events = events;
    this.#socket = new Sub(
      {
        onConnected: (peer) => this.#begin(peer),
        onMessages: (_peer, messages) => {
          if (!this.#isClosed) events.messages(messages);
        },
        onGone: () => {
          this.#peer = null;
        },
        // Null: the peer is no publisher, or will have nothing of this one.
        onRetry: (_address, error, delayMs) => delayMs === null && this.#fail(error.message),
      },
      { limits: LIMITS, heartbeat: HEARTBEAT, reconnect: RECONNECT },
    );
    for (const prefix of prefixes) this.#socket.subscribe(prefix);
    try {
      this.#socket.connect(address);
    } catch (error) {
      // An address that cannot be read.
      setImmediate(() => this.#fail(error instanceof Error ? error.message : String(error)));
    }
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#peer !== null) this.#socket.pause(this.#peer);
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#peer !== null) this.#socket.resume(this.#peer);
  }

  close(): void {
    this.#isClosed = true;
    // Resolves when the connection is gone; nothing here waits for that.
    void this.#socket.close();
  }

  #begin(peer: Peer): void {
    this.#peer = peer;
    if (this.#isPaused) this.#socket.pause(peer);
    this.#events.greeted();
  }

  #fail(reason: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#events.ended(new TachyonError('BROKER_UNREACHABLE', reason));
  }
}
