// npm run sim -- --seeds 1000 [--first 1]     runs seeds, one after the other, and says what they did
// npm run sim -- --seed 17                    replays one, with a trace
// Ends with 1 at the first violation, and prints the command that replays it.

import { parseArgs } from 'node:util';
import { type Report, simulate } from '../internal/testing/sim/simulation.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, first: { type: 'string' }, seed: { type: 'string' }, 'keep-going': { type: 'boolean' } },
});

async function replay(seed: number): Promise<boolean> {
  try {
    console.log(await simulate({ seed, trace: (line) => console.log(line) }));
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

const SUMMED = [
  'messages', 'confirmed', 'refused', 'delivered', 'redelivered', 'durableAcks', 'owed', 'answered', 'dead', 'removed',
  'lostAtHandOver', 'starts', 'checkpoints', 'relocated', 'trimmed', 'steps',
] as const satisfies readonly (keyof Report)[];

async function sweep(first: number, count: number): Promise<boolean> {
  const sums = Object.fromEntries(SUMMED.map((name) => [name, 0])) as Record<(typeof SUMMED)[number], number>;
  const crashes: Record<string, number> = {};
  const failed: number[] = [];
  const startedMs = performance.now();
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      const report = await simulate({ seed });
      for (const name of SUMMED) sums[name] += report[name];
      for (const [moment, times] of Object.entries(report.crashes)) crashes[moment] = (crashes[moment] ?? 0) + times;
    } catch (error) {
      failed.push(seed);
      console.error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
      console.error(`replay it with: npm run sim -- --seed ${seed}`);
      if (values['keep-going'] !== true) break;
    }
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  console.log({ ...sums, crashes, failed: failed.length });
  console.log(`${count} seeds from ${first} on, ${(count / seconds).toFixed(1)} per second`);
  return failed.length === 0;
}

const good =
  values.seed === undefined
    ? await sweep(Number(values.first ?? 1), Number(values.seeds ?? 200))
    : await replay(Number(values.seed));
process.exitCode = good ? 0 : 1;
