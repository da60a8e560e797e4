// A feed over a SUB socket of libzmq, which holds what waits. Invariant: one receive is open at a time, none while paused.

import type { Subscriber } from 'zeromq';
import { PACKET_BYTES_MAX, TachyonError } from '../../protocol/index.ts';
import { libzmq } from '../link/libzmq.ts';
import type { Feed, FeedEvents, FeedOptions } from './feed.ts';

export const openLibzmqFeed = (options: FeedOptions, events: FeedEvents): Feed => new LibzmqFeed(options, events);

class LibzmqFeed implements Feed {
  /** The queue is libzmq's. */
  readonly waitingMax = 1;
  readonly #events: FeedEvents;
  readonly #socket: Subscriber;
  #isPaused = false;
  #isReceiving = false;

  constructor({ address, prefixes, highWaterMark }: FeedOptions, events: FeedEvents) {
    this.#events = events;
    this.#socket = new (libzmq().Subscriber)({
      linger: 0,
      receiveHighWaterMark: highWaterMark,
      maxMessageSize: PACKET_BYTES_MAX,
      // No ZMTP heartbeats: with a bounded queue libzmq 4.3.5 can abort on one (zeromq/libzmq issue 4364).
      heartbeatInterval: 0,
      tcpKeepalive: 1,
      tcpKeepaliveIdle: 10,
      tcpKeepaliveInterval: 5,
      tcpKeepaliveCount: 3,
      ipv6: address.includes('['),
    });
    this.#socket.subscribe(...prefixes);
    void this.#watch();
    try {
      this.#socket.connect(address);
      this.#receive();
    } catch (error) {
      // An address that libzmq cannot read.
      setImmediate(this.#fail, error);
    }
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#receive();
  }

  close(): void {
    this.#socket.close();
  }

  #receive(): void {
    if (this.#isPaused || this.#isReceiving || this.#socket.closed) return;
    this.#isReceiving = true;
    this.#socket.receive().then(this.#take, this.#fail);
  }

  readonly #take = (frames: Uint8Array[]): void => {
    this.#isReceiving = false;
    if (this.#socket.closed) return;
    this.#events.messages([frames]);
    this.#receive();
  };

  /** Closing ends an open receive too: that is no failure. */
  readonly #fail = (error: unknown): void => {
    if (this.#socket.closed) return;
    this.#socket.close();
    this.#events.ended(new TachyonError('BROKER_UNREACHABLE', error instanceof Error ? error.message : String(error)));
  };

  async #watch(): Promise<void> {
    for await (const { type } of this.#socket.events) {
      if (type === 'handshake') this.#events.greeted();
      if (type === 'end') return;
    }
  }
}
