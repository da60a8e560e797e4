// The broker's look at its own watch: how long it was away itself (a stop, a long pause, a slow disk), and how far the wall clock
// was set forward. Deadlines move by that.

import type { BrokerTime } from '../usecase/broker-time.ts';
import type { Clock } from '../usecase/ports/timers.ts';

/** How often it looks. */
export const WATCH_MS = 100;
/** Longer than this between two looks, and the broker itself was away. */
const STALL_MS = 1_000;

export class Watch {
  readonly #clock: Clock;
  readonly #time: BrokerTime;
  #lastLookMs: number;

  constructor(clock: Clock, time: BrokerTime) {
    this.#clock = clock;
    this.#time = time;
    this.#lastLookMs = clock.monotonicMs();
  }

  /** Milliseconds by which what has a deadline moves: mostly 0. */
  look(): number {
    const monotonicMs = this.#clock.monotonicMs();
    const awayMs = monotonicMs - this.#lastLookMs;
    this.#lastLookMs = monotonicMs;
    return Math.round((awayMs > STALL_MS ? awayMs - WATCH_MS : 0) + this.#time.followStep());
  }

  /** What has passed is forgotten. */
  again(): void {
    this.#lastLookMs = this.#clock.monotonicMs();
  }
}
