// Whether a step of a step load was kept, and up to which rate the broker keeps up.

import type { RunFigures } from '../judge.ts';

/** A step is cut out of a stream: what is under way at both ends of it may differ by this share. */
const KEPT_SHARE = 0.97;

export interface Step {
  readonly rate: number;
  readonly kept: boolean;
  /** Why it was not. */
  readonly why: string | null;
  readonly figures: RunFigures;
}

/** `p99MaxMs`: what a message may take from when it was due to its consumer; Infinity: any time. */
export function judgeStep(rate: number, figures: RunFigures, p99MaxMs: number): Step {
  const why = whyNot(rate, figures, p99MaxMs);
  return { rate, kept: why === null, why, figures };
}

function whyNot(rate: number, figures: RunFigures, p99MaxMs: number): string | null {
  const { ok, faults, messagesPerSecond, latency, leftOut, published } = figures;
  if (!ok) return faults.join('; ');
  if (leftOut > (1 - KEPT_SHARE) * (published + leftOut)) return `behind: ${leftOut} messages found no room`;
  if (messagesPerSecond < rate * KEPT_SHARE) return `behind: ${messagesPerSecond} of ${rate} msg/s were consumed`;
  const { p99Ms } = latency.consumer;
  if (p99Ms > p99MaxMs) return `slow: p99 ${p99Ms.toFixed(1)} ms, and ${p99MaxMs} ms is the bound`;
  return null;
}

/** The highest rate before the first step that was not kept; 0 when the first one was not. */
export function keptUpTo(steps: readonly Step[]): number {
  const broken = steps.findIndex(({ kept }) => !kept);
  const kept = broken === -1 ? steps : steps.slice(0, broken);
  return kept.at(-1)?.rate ?? 0;
}

/** From the first rate to the last in even steps, the last one included. */
export function ratesOf(start: number, step: number, max: number): readonly number[] {
  const rates: number[] = [];
  for (let rate = start; rate < max; rate += step) rates.push(rate);
  return [...rates, max];
}
