// How loaded the broker is, and what it does about that. Volatile: a restart begins at normal.

export const LEVELS = ['normal', 'busy', 'shedding', 'emergency'] as const;
export type OverloadLevel = (typeof LEVELS)[number];

/** What is refused, and where the watermarks stand. */
export interface OverloadPolicy {
  /** False: levels are measured and shown, and nothing is refused. */
  readonly refuses: boolean;
  /** Classes below the first may be shed before all are refused. */
  readonly shedsClasses: boolean;
  /** Share of a limit at which shedding begins. */
  readonly backlogWatermark: number;
  readonly memoryBytes: number;
  readonly memoryWatermark: number;
  readonly holdMs: number;
}

export const DEFAULT_OVERLOAD: OverloadPolicy = {
  refuses: false,
  shedsClasses: true,
  backlogWatermark: 0.8,
  memoryBytes: Number.POSITIVE_INFINITY,
  memoryWatermark: 0.85,
  holdMs: 5_000,
};

/** Volatile. */
export interface Overload {
  readonly level: OverloadLevel;
  readonly pressure: number;
  /** The signal that presses most; empty where none does. */
  readonly signal: string;
  /** Since when the pressure is below what the level asks for; null while it is not. */
  readonly belowSinceMs: number | null;
}

export const NOT_LOADED: Overload = { level: 'normal', pressure: 0, signal: '', belowSinceMs: null };
