// A histogram as bars of text, one for each doubling of the latency.

import type { Histogram } from '../measure/histogram.ts';

const WIDTH = 50;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

export function bars(histogram: Histogram): string {
  const rows = new Map<number, number>();
  for (const { upToMs, count } of histogram.buckets()) {
    const doubling = Math.ceil(Math.log2(Math.max(upToMs, 0.001)));
    rows.set(doubling, (rows.get(doubling) ?? 0) + count);
  }
  const doublings = [...rows.keys()];
  const [least, most] = [Math.min(...doublings), Math.max(...doublings)];
  const largest = Math.max(...rows.values());
  const lines: string[] = [];
  let seen = 0;
  for (let doubling = least; doubling <= most; doubling += 1) {
    const count = rows.get(doubling) ?? 0;
    seen += count;
    const share = `${((seen / histogram.total) * 100).toFixed(seen === histogram.total ? 0 : 2)} %`;
    lines.push(
      `${upTo(2 ** doubling).padStart(10)} ${bar(count / largest).padEnd(WIDTH)} ${share.padStart(8)}  ${count}`,
    );
  }
  return lines.map((line) => `${line}\n`).join('');
}

function bar(share: number): string {
  const eighths = Math.round(share * WIDTH * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] as string);
}

const upTo = (ms: number): string => {
  if (ms < 1) return `≤ ${Math.round(ms * 1e3)} µs`;
  return ms < 1e3 ? `≤ ${ms} ms` : `≤ ${(ms / 1e3).toFixed(1)} s`;
};
