// Signs of life (RFC 37): PINGs sent and the time allowed until anything comes back, and the time to live that the peer
// asked us to allow it. Any byte counts, half a frame as well as a PONG. While this end does not read, by its own choice
// or because something blocked its event loop, the silence is not the peer's.

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

/** A timer that comes so much too late was held up by this process: what the peer sent meanwhile is still unread. */
const STALL_MS_MIN = 50;
const wasStalled = (lateMs: number, waitMs: number): boolean => lateMs > Math.max(STALL_MS_MIN, waitMs / 2);

export class Heartbeat {
  readonly #events: HeartbeatEvents;
  #heardAtMs = performance.now();
  #interval: NodeJS.Timeout | undefined;
  #answer: NodeJS.Timeout | undefined;
  #life: NodeJS.Timeout | undefined;
  #last: NodeJS.Immediate | undefined;

  constructor(events: HeartbeatEvents) {
    this.#events = events;
  }

  start({ intervalMs, timeoutMs = intervalMs, ttlMs = 0 }: HeartbeatOptions): void {
    let tickedAtMs = performance.now();
    this.#interval = setInterval(() => {
      const nowMs = performance.now();
      if (wasStalled(nowMs - tickedAtMs - intervalMs, intervalMs)) this.heard();
      tickedAtMs = nowMs;
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
    clearImmediate(this.#last);
  }

  /** After `waitMs`: expired if nothing was heard for `silenceMs`, else `alive` with how long ago something was. */
  #await(waitMs: number, alive: (heardMs: number) => void, silenceMs = waitMs): NodeJS.Timeout {
    const sinceMs = performance.now();
    const isOver = (): boolean => {
      const isLate = wasStalled(performance.now() - sinceMs - waitMs, waitMs);
      if (isLate || this.#events.isPaused()) this.heard();
      const heardMs = performance.now() - this.#heardAtMs;
      if (this.#heardAtMs <= sinceMs && heardMs >= silenceMs) return true;
      alive(heardMs);
      return false;
    };
    return setTimeout(() => {
      // After a stall of this process the timer rings before anything is read: what has arrived counts first.
      if (!isOver()) return;
      this.#last = setImmediate(() => {
        if (!isOver()) return;
        const heardMs = Math.round(performance.now() - this.#heardAtMs);
        this.#events.expired(new ZmtpError('HEARTBEAT_TIMEOUT', `nothing for ${heardMs} ms`));
      });
    }, waitMs);
  }
}
