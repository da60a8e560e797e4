// Ticks that people read easily: 1, 2 and 5 times powers of ten.

import type { Axis } from './chart.ts';

const STEPS_WANTED = 6;
const DECADES_DENSE = 3;

/** From zero to above the largest value. */
export function linearAxis(title: string, largest: number, label: (value: number) => string): Axis {
  const step = niceStep(Math.max(largest, 1e-9) / STEPS_WANTED);
  const count = Math.max(1, Math.ceil(largest / step));
  const ticks = Array.from({ length: count + 1 }, (_, at) => ({ at: at * step, label: label(at * step) }));
  return { title, ticks, from: 0, to: count * step, scale: 'linear' };
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((each) => each * power >= raw) ?? 10;
  return factor * power;
}

/** Around the values, from one tick to another: each decade, and between them where there are few. */
export function logAxis(title: string, values: readonly number[], label: (value: number) => string): Axis {
  const positive = values.filter((value) => value > 0);
  const least = Math.min(...positive, Number.POSITIVE_INFINITY);
  if (!Number.isFinite(least)) return { title, ticks: [{ at: 1, label: label(1) }], from: 0.1, to: 10, scale: 'log' };
  const most = Math.max(...positive);
  const decades = Math.log10(most / least);
  const factors = decades <= DECADES_DENSE ? [1, 2, 5] : [1];
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(least)) - 1; power <= Math.ceil(Math.log10(most)) + 1; power += 1) {
    for (const factor of factors) all.push(Number((factor * 10 ** power).toPrecision(1)));
  }
  const from = all.filter((value) => value <= least).at(-1) ?? least;
  const above = all.find((value) => value >= most && value > from) ?? most;
  const ticks = all.filter((value) => value >= from && value <= above).map((at) => ({ at, label: label(at) }));
  return { title, ticks, from, to: above, scale: 'log' };
}

export const msLabel = (ms: number): string => {
  if (ms < 1) return `${Number((ms * 1e3).toPrecision(3))} µs`;
  return ms < 1e3 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1e3).toPrecision(3))} s`;
};

export const countLabel = (count: number): string => {
  if (count < 1e3) return String(Number(count.toPrecision(3)));
  return count < 1e6 ? `${Number((count / 1e3).toPrecision(3))}k` : `${Number((count / 1e6).toPrecision(3))}M`;
};
