// Evidence for the lock of the data folder: `npx tsx scripts/evidence/lock-races.ts [--n 100]`. Races two processes for
// free and for stale locks, then lets four churn while they are killed. Exits 1 unless every race had one winner, every
// refusal named it, and never two were inside.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { churn, type RaceTally, raceForFree, raceForStale } from '../../internal/testing/lock/lock-races.ts';

const { values } = parseArgs({ options: { n: { type: 'string', default: '100' } } });
const n = Number(values.n);
if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`--n is a count of races from 1 on, not ${values.n}`);

const root = mkdtempSync(join(tmpdir(), 'tachyon-lock-'));
try {
  const results: Record<string, RaceTally> = {
    'new folder': await raceForFree(n, (race) => join(root, `new-${race}`)),
    'lock given back': await raceForFree(n, () => join(root, 'given-back')),
    'lock left by kill -9': await raceForStale(n, join(root, 'stale')),
  };
  const churned = await churn(n, 4, join(root, 'churn'));
  for (const [name, tally] of Object.entries(results)) console.log(name, JSON.stringify(tally));
  console.log('churn', JSON.stringify(churned));
  const clean = (tally: RaceTally): boolean => tally.oneWinner === n && tally.refusedByTheWinner === n;
  const passed = Object.values(results).every(clean) && churned.overlaps === 0 && churned.entered > n;
  console.log(passed ? 'passed' : 'FAILED');
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
