// `tsx scripts/fuzz/zmtp.ts --cases 200000 --seed 1`: the ZMTP fuzz at length. Prints its result as one JSON line; ends
// with 1 if something crashed, hung, or grew.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from '../../pkg/zmtp/testing/fuzz.ts';

const GROWTH_BYTES_MAX = 32 * 1024 * 1024;
const WARM_UP_CASES = 10_000;

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '200000' }, seed: { type: 'string', default: '1' } },
});
const cases = Number(values.cases);
const seed = Number(values.seed);
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed))
  throw new RangeError('--cases and --seed are whole numbers');

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'zmtp-fuzz-'));
  try {
    const path = join(folder, 'f');
    await fuzz({ cases: Math.min(cases, WARM_UP_CASES), seed: seed + 1, path });
    const before = process.memoryUsage.rss();
    const startMs = performance.now();
    const report = await fuzz({ cases, seed, path, progress: (done) => console.error(`${done} of ${cases}`) });
    const grownBytes = process.memoryUsage.rss() - before;
    const seconds = Math.round((performance.now() - startMs) / 1_000);
    console.log(JSON.stringify({ ...report, seconds, grownBytes }));
    if (grownBytes > GROWTH_BYTES_MAX) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
