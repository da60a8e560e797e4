// The PINGs and PONGs of one connection. At most one of each waits for the next write: a peer that asks faster than it
// reads gets one answer for all, and nothing grows.

import { decodePing, encodePing, encodePong } from './commands.ts';
import type { ZmtpError } from './errors.ts';
import { Heartbeat, type HeartbeatOptions } from './heartbeat.ts';

export interface LifeSignsEvents {
  /** Something waits to be written at the end of the turn. */
  dirty(): void;
  expired(error: ZmtpError): void;
  isPaused(): boolean;
}

export class LifeSigns {
  readonly #events: LifeSignsEvents;
  /** Only where somebody watches: this end by its options, or the peer by its time to live. */
  #heartbeat: Heartbeat | null = null;
  #ping: Uint8Array | null = null;
  #pong: Uint8Array | null = null;

  constructor(events: LifeSignsEvents) {
    this.#events = events;
  }

  start(options: HeartbeatOptions): void {
    this.#watch().start(options);
  }

  /** Something arrived, or reading begins again. */
  heard(): void {
    this.#heartbeat?.heard();
  }

  /** A PING of the peer; throws the `ZmtpError` that ends the connection. */
  answer(data: Uint8Array): void {
    const { ttlMs, context } = decodePing(data);
    this.#pong = encodePong(context);
    this.#events.dirty();
    if (ttlMs > 0 || this.#heartbeat !== null) this.#watch().allow(ttlMs);
  }

  /** What waits is written now. */
  write(push: (frame: Uint8Array) => void): void {
    if (this.#ping !== null) push(this.#ping);
    if (this.#pong !== null) push(this.#pong);
    this.#ping = null;
    this.#pong = null;
  }

  stop(): void {
    this.#heartbeat?.stop();
  }

  #watch(): Heartbeat {
    this.#heartbeat ??= new Heartbeat({
      ping: (ttlMs) => {
        this.#ping = encodePing(ttlMs);
        this.#events.dirty();
      },
      expired: (error) => this.#events.expired(error),
      isPaused: () => this.#events.isPaused(),
    });
    return this.#heartbeat;
  }
}
