// A value that is made anew at most so often, in steps between which others work: a hundred who ask at once wait for one
// answer and get the same.

import { setImmediate } from 'node:timers/promises';

export interface KeptForOptions<Value> {
  readonly ms: number;
  readonly monotonicMs: () => number;
  /** Makes the value; at each step it may be interrupted. */
  readonly make: () => Generator<undefined, Value>;
}

/** The same call, its result kept for `ms` from when it was there; one that throws is kept by nobody. */
export function keptFor<Value>({ ms, monotonicMs, make }: KeptForOptions<Value>): () => Promise<Value> {
  let kept: { readonly value: Value; readonly untilMs: number } | null = null;
  let making: Promise<Value> | null = null;
  const made = async (): Promise<Value> => {
    const steps = make();
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) {
        kept = { value: step.value, untilMs: monotonicMs() + ms };
        return step.value;
      }
      await setImmediate();
    }
  };
  return () => {
    if (kept !== null && monotonicMs() < kept.untilMs) return Promise.resolve(kept.value);
    making ??= made().finally(() => {
      making = null;
    });
    return making;
  };
}
