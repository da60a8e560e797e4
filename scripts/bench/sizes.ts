// What a message costs the broker by its size: runs of `tachyon-bench run`, medians of interleaved rounds, and the line that
// fits them: so much for each message, so much for each KB. docs/scale.md stands on it.
//
//   npm run build && npx tsx scripts/bench/sizes.ts [rounds]

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const BENCH = join(import.meta.dirname, '../../dist/cmd/tachyon-bench/main.js');
/** Bytes of a body, and messages of a round: each takes a few seconds. */
const SIZES = [
  [16, 800_000],
  [100, 800_000],
  [512, 500_000],
  [1_000, 400_000],
  [4_096, 150_000],
  [16_384, 40_000],
] as const;

export interface SizePoint {
  readonly bytes: number;
  readonly perSecond: number;
  /** CPU of each process, in microseconds for each message. */
  readonly brokerUs: number;
  readonly producerUs: number;
  readonly consumerUs: number;
}

interface Figures {
  readonly messagesPerSecond: number;
  readonly cpuSeconds: { readonly broker: number; readonly producer: number; readonly consumer: number };
}

function measure(bytes: number, messages: number): SizePoint {
  const args = ['run', '--messages', String(messages), '--payload-size', String(bytes), '--json'];
  const out = execFileSync(process.execPath, [BENCH, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { messagesPerSecond, cpuSeconds } = JSON.parse(out.toString()) as Figures;
  const each = (seconds: number): number => (seconds / messages) * 1e6;
  return {
    bytes,
    perSecond: messagesPerSecond,
    brokerUs: each(cpuSeconds.broker),
    producerUs: each(cpuSeconds.producer),
    consumerUs: each(cpuSeconds.consumer),
  };
}

/** `y = base + slope * x`, least squares of the relative error: a large x does not outweigh all others. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): { base: number; slope: number } {
  let [w, wx, wxx, wy, wxy] = [0, 0, 0, 0, 0];
  for (const [x, y] of points) {
    const weight = 1 / (y * y);
    w += weight;
    wx += weight * x;
    wxx += weight * x * x;
    wy += weight * y;
    wxy += weight * x * y;
  }
  const slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  return { base: (wy - slope * wx) / w, slope };
}

function main(rounds: number): void {
  const all = SIZES.map(() => [] as SizePoint[]);
  for (let round = 0; round < rounds; round += 1)
    for (const [index, [bytes, messages]] of SIZES.entries()) all[index]?.push(measure(bytes, messages));
  const medians = all.map(
    (some) => some.sort((a, b) => a.perSecond - b.perSecond)[(some.length - 1) >> 1] as SizePoint,
  );
  for (const { bytes, perSecond, brokerUs, producerUs, consumerUs } of medians) {
    const rate = Math.round(perSecond).toLocaleString('en');
    const megabytes = ((perSecond * bytes) / 1e6).toFixed(0);
    const costs = [brokerUs, producerUs, consumerUs].map((us) => us.toFixed(2)).join(' | ');
    console.log(`| ${bytes} B | ${rate} | ${megabytes} | ${costs} |`);
  }
  const { base, slope } = fitLine(medians.map(({ bytes, brokerUs }) => [bytes, brokerUs] as const));
  console.log(`broker: ${base.toFixed(2)} µs + ${(slope * 1_000).toFixed(2)} µs for each KB`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(Number(process.argv[2] ?? '3'));
