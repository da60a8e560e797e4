// Whether a service that failed lately is asked again. Closed: it is. Open, after failures in a row: it is not, until a
// delay has passed that doubles with each time that it stays dead. Half-open: one probe is out, and decides. Invariant:
// while it is not closed, at most one probe is out at any time.

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failuresMax: number;
  readonly delayFirstMs: number;
  readonly delayLongestMs: number;
  readonly nowMs: () => number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

export class CircuitBreaker {
  readonly #options: BreakerOptions;
  #state: BreakerState = 'closed';
  #failures = 0;
  /** Times in a row that it opened. */
  #opened = 0;
  #retryAtMs = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** How long until it may be probed; 0 where it may be used or probed now. */
  get retryAfterMs(): number {
    return this.#state === 'open' ? Math.max(0, Math.ceil(this.#retryAtMs - this.#options.nowMs())) : 0;
  }

  /** Said before each use: it may be used, a probe is due and is the caller's to make, or neither. */
  ask(): 'use' | 'probe' | 'refuse' {
    if (this.#state === 'closed') return 'use';
    if (this.#state === 'half-open' || this.#options.nowMs() < this.#retryAtMs) return 'refuse';
    this.#state = 'half-open';
    return 'probe';
  }

  succeeded(): void {
    this.#failures = 0;
    // A late answer to what was asked before it opened decides nothing while it is open.
    if (this.#state === 'open') return;
    this.#state = 'closed';
    this.#opened = 0;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#state === 'open') return;
    if (this.#state === 'closed' && this.#failures < this.#options.failuresMax) return;
    this.#open();
  }

  #open(): void {
    const { delayFirstMs, delayLongestMs, nowMs } = this.#options;
    const delayMs = Math.min(delayLongestMs, delayFirstMs * 2 ** Math.min(this.#opened, 16));
    this.#state = 'open';
    this.#opened += 1;
    this.#failures = 0;
    this.#retryAtMs = nowMs() + delayMs;
  }
}
