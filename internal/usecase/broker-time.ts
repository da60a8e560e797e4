// Broker time: the wall clock at start plus monotonic time, following forward steps of the wall clock, never going
// back, and never behind what the journal has seen. A stall of the process is told apart from time that passed for
// everybody, so that nobody else pays for it.

import type { Clock } from './ports/timers.ts';

/** A wall clock that is this far ahead has been set, or the machine slept. */
const STEP_MS = 1_000;

export class BrokerTime {
  readonly #clock: Clock;
  #offsetMs: number;
  #lastMs: number;

  /** Begins at the later of the wall clock and the last time written. */
  constructor(clock: Clock, lastWrittenMs: number) {
    this.#clock = clock;
    this.#lastMs = Math.max(clock.wallMs(), lastWrittenMs);
    this.#offsetMs = this.#lastMs - clock.monotonicMs();
  }

  nowMs(): number {
    this.#lastMs = Math.max(this.#lastMs, Math.floor(this.#clock.monotonicMs() + this.#offsetMs));
    return this.#lastMs;
  }

  /** How far the wall clock has stepped ahead since the last look; broker time follows at once. */
  followStep(): number {
    const ahead = Math.floor(this.#clock.wallMs() - (this.#clock.monotonicMs() + this.#offsetMs));
    if (ahead < STEP_MS) return 0;
    this.#offsetMs += ahead;
    return ahead;
  }
}
