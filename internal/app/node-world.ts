// The real world: this process's clocks and timers, the operating system's chance.

import { createHash, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Chance, Clock, Timers } from '../usecase/ports/timers.ts';

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export const systemTimers: Timers = {
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export const systemChance: Chance = {
  fraction: () => Math.random(),
  bytes: (count) => randomBytes(count),
};

export const systemHash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** After the poll phase: everything that has arrived by now is handed over first. */
export const systemSoon = (call: () => void): void => {
  setImmediate(call);
};
