// How long to wait before the next attempt to connect: doubling up to a bound, less a random part, so that the clients
// of a broker that restarts do not come back all at once.

export interface ReconnectOptions {
  /** Wait before the first attempt; it doubles with each failure. Default 100. */
  readonly initialMs?: number;
  /** The longest wait. Default 5,000. */
  readonly maxMs?: number;
  /** The part of a wait that is left to chance, 0 to 1. Default 0.5. */
  readonly jitter?: number;
}

export const RECONNECT_DEFAULTS: Required<ReconnectOptions> = { initialMs: 100, maxMs: 5_000, jitter: 0.5 };

/** `failures` in a row before this wait; `chance` from 0 to 1. */
export function backoffMs(options: Required<ReconnectOptions>, failures: number, chance: number): number {
  const full = Math.min(options.maxMs, options.initialMs * 2 ** Math.min(failures, 30));
  return Math.round(full * (1 - options.jitter * chance));
}
