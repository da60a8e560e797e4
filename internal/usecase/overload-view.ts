// How loaded the broker is, as status and the word `limits.list` show it.

import type { State } from '../domain/state.ts';

export interface OverloadView {
  readonly level: string;
  /** 1 at the high watermark of the strongest signal, 2 at its end. */
  readonly pressure: number;
  /** Empty where nothing presses. */
  readonly signal: string;
  /** Whether publishes are refused because of it. */
  readonly refuses: boolean;
}

export function overloadView({ overload, limits }: State): OverloadView {
  const { level, pressure, signal } = overload;
  return { level, pressure: Math.round(pressure * 100) / 100, signal, refuses: limits.overload.refuses };
}
