// Signs of life (RFC 37): PINGs sent and the time allowed until anything comes back, and the time to live that the peer
// asked us to allow it. Any byte counts, half a frame as well as a PONG. While this end does not read, by its own choice,
// the silence is not the peer's.

import { ZmtpError } from './errors.ts';

export interface HeartbeatOptions {
  /** A PING goes out this often, in milliseconds. */
  readonly intervalMs: number;
  /** How long after a PING something must have arrived. Default: `intervalMs`. */
  readonly timeoutMs?: number;
  /** What the peer is told about how long it may wait for us, up to 6,553,500. Default 0: nothing. */
  readonly ttlMs?: number;
}

export interface HeartbeatEvents {
  ping(ttlMs: number): void;
  expired(error: ZmtpError): void;
  isPaused(): boolean;
}

export class Heartbeat {
  readonly #events: HeartbeatEvents;
  #heardAtMs = performance.now();
  #interval: NodeJS.Timeout | undefined;
  #answer: NodeJS.Timeout | undefined;
  #life: NodeJS.Timeout | undefined;

  constructor(events: HeartbeatEvents) {
    this.#events = events;
  }

  start({ intervalMs, timeoutMs = intervalMs, ttlMs = 0 }: HeartbeatOptions): void {
    this.#interval = setInterval(() => {
      this.#events.ping(ttlMs);
      this.#answer ??= this.#await(timeoutMs, () => {
        this.#answer = undefined;
      });
    }, intervalMs);
  }

  /** Something arrived, or reading begins again. */
  heard(): void {
    this.#heardAtMs = performance.now();
  }

  /** The peer's PING allowed it this much silence. */
  allow(ttlMs: number): void {
    clearTimeout(this.#life);
    this.#life = undefined;
    if (ttlMs === 0) return;
    const watch = (waitMs: number): void => {
      this.#life = this.#await(waitMs, (heardMs) => watch(Math.max(1, ttlMs - heardMs)), ttlMs);
    };
    watch(ttlMs);
  }

  stop(): void {
    clearInterval(this.#interval);
    clearTimeout(this.#answer);
    clearTimeout(this.#life);
  }

  /** After `waitMs`: expired if nothing was heard for `silenceMs`, else `alive` with how long ago something was. */
  #await(waitMs: number, alive: (heardMs: number) => void, silenceMs = waitMs): NodeJS.Timeout {
    const sinceMs = performance.now();
    return setTimeout(() => {
      if (this.#events.isPaused()) this.heard();
      const heardMs = performance.now() - this.#heardAtMs;
      if (this.#heardAtMs > sinceMs || heardMs < silenceMs) return alive(heardMs);
      this.#events.expired(new ZmtpError('HEARTBEAT_TIMEOUT', `nothing for ${Math.round(heardMs)} ms`));
    }, waitMs);
  }
}
