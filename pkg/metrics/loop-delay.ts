// How late the event loop comes, over the last complete window and the one that runs: so a scrape sees a bad moment
// whenever it comes, and two scrapers do not take it from each other.

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Longer than the usual interval between scrapes. */
const WINDOW_MS = 30_000;
/** The monitor's timer: an idle loop shows it as delay. */
const RESOLUTION_MS = 10;

export interface LoopDelays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const NONE: LoopDelays = { p50Ms: 0, p99Ms: 0, maxMs: 0 };

export class LoopDelay {
  readonly #monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  #before: LoopDelays = NONE;

  constructor() {
    this.#monitor.enable();
    this.#timer = setInterval(() => this.#turn(), WINDOW_MS).unref();
  }

  /** The worse of the two windows, figure by figure. */
  read(): LoopDelays {
    const now = this.#window();
    const { p50Ms, p99Ms, maxMs } = this.#before;
    return {
      p50Ms: Math.max(now.p50Ms, p50Ms),
      p99Ms: Math.max(now.p99Ms, p99Ms),
      maxMs: Math.max(now.maxMs, maxMs),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#monitor.disable();
  }

  #turn(): void {
    this.#before = this.#window();
    this.#monitor.reset();
  }

  #window(): LoopDelays {
    if (this.#monitor.count === 0) return NONE;
    const delay = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    return {
      p50Ms: delay(this.#monitor.percentile(50)),
      p99Ms: delay(this.#monitor.percentile(99)),
      maxMs: delay(this.#monitor.max),
    };
  }
}
