// How long to wait before the next attempt: twice as long each time, up to a bound, and never the same for all, so that
// a thousand peers that lost one server do not come back at one moment.

export interface ReconnectOptions {
  /** Before the first attempt, in milliseconds. Default 100. */
  readonly delayMs: number;
  /** Before any attempt. Default 10,000. */
  readonly delayMsMax: number;
}

export const RECONNECT: ReconnectOptions = Object.freeze({ delayMs: 100, delayMsMax: 10_000 });

export class Backoff {
  readonly #options: ReconnectOptions;
  readonly #random: () => number;
  #attempts = 0;

  /** `random`: at least 0 and below 1. */
  constructor(options: ReconnectOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Between half of the bound for this attempt and the whole of it. */
  next(): number {
    const { delayMs, delayMsMax } = this.#options;
    const bound = Math.min(delayMsMax, delayMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return bound * (0.5 + this.#random() / 2);
  }

  /** The connection was there: the next loss starts from the first delay again. */
  reset(): void {
    this.#attempts = 0;
  }
}
