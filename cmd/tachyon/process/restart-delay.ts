// How long a supervisor waits before it starts a crashed broker again: short at first, doubling, bounded.

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** A broker that ran for this long has not crashed "again". */
export const STEADY_MS = 60_000;

/** `crashes` in a row before this one. */
export const restartDelayMs = (crashes: number): number => Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(crashes, 16));
