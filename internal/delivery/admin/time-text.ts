// A time as operators are told it.

/** Null for none, and for one that never comes. */
export const timeText = (ms: number | null): string | null =>
  ms === null || !Number.isFinite(ms) ? null : new Date(ms).toISOString();
