// Time and its wake-up call, as the loop needs them. There is one timer, not one per message.

export interface Clock {
  /** Milliseconds since 1970, by the wall clock. */
  wallMs(): number;
  /** Milliseconds that never go back; the start is arbitrary. */
  monotonicMs(): number;
}

export interface Timers {
  /** Calls once after `ms`; the result cancels. */
  after(ms: number, call: () => void): () => void;
}

/** Chance, for jitter, tokens and ids. Seeded in simulation. */
export interface Chance {
  /** At least 0, below 1. */
  fraction(): number;
  bytes(count: number): Uint8Array;
}
