// Evidence for the fast path: `npx tsx scripts/evidence/sidecar.ts [--n 300] [--seed 1]`, after a build. A sidecar process
// is killed, stopped, has its answers damaged and its socket removed, n times in turn, while two clients send bodies
// through it: one that falls back, one that requires it. Exits 1 unless every call ended with the right bytes, or, of the
// client that requires it, with a code; and unless every fault was felt, and the sidecar used again after it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FaultyProxy } from '../../internal/testing/sidecar/faulty-proxy.ts';
import { FAULTS, type FaultName, SidecarFaults } from './sidecar/faults.ts';
import { SidecarProcess } from './sidecar/sidecar-process.ts';
import { SidecarTraffic } from './sidecar/traffic.ts';

const { values } = parseArgs({
  options: { n: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } },
});
const n = Number(values.n);
if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`--n is a count of faults from 1 on, not ${values.n}`);

const folder = mkdtempSync(join(tmpdir(), 'tachyon-sidecar-'));
const socketPath = join(folder, 'data', 'fastpath.sock');
const random = generator(Number(values.seed));
const sidecar = new SidecarProcess(socketPath);
const faultless: string[] = [];
const tally = new Map<FaultName, number>(FAULTS.map((name) => [name, 0]));
const startedMs = performance.now();
let proxy: FaultyProxy | null = null;
let traffic: SidecarTraffic | null = null;
try {
  await sidecar.start();
  proxy = await FaultyProxy.listen(join(folder, 'proxy.sock'), socketPath, random);
  traffic = new SidecarTraffic(proxy.path, random);
  traffic.begin();
  const faults = new SidecarFaults({ sidecar, proxy, traffic, random });
  for (let i = 0; i < n; i += 1) {
    const name = FAULTS[i % FAULTS.length] as FaultName;
    const missing = await faults.cause(name);
    if (missing === null) tally.set(name, (tally.get(name) ?? 0) + 1);
    else faultless.push(`fault ${i + 1} (${name}): ${missing}`);
    if ((i + 1) % 25 === 0) console.log(`${i + 1} of ${n} faults, ${traffic.calls} calls`);
  }
  await traffic.end();
} finally {
  await traffic?.end();
  await proxy?.close();
  await sidecar.end();
  rmSync(folder, { recursive: true, force: true });
}

const { tallies, wrong } = traffic;
console.log('faults', JSON.stringify(Object.fromEntries(tally)), 'seed', values.seed);
for (const [rule, counts] of Object.entries(tallies)) console.log(rule, JSON.stringify(counts));
for (const words of [...wrong, ...faultless]) console.log(`FAILED: ${words}`);
const { fallback, required } = tallies;
const passed =
  wrong.length === 0 &&
  faultless.length === 0 &&
  fallback.refused === 0 &&
  fallback.right + fallback.refused === fallback.calls &&
  required.right + required.refused === required.calls &&
  fallback.bySidecar > 0 &&
  required.bySidecar > 0;
const lost = fallback.calls + required.calls - fallback.right - required.right - required.refused;
console.log(
  `${n} faults in ${Math.round((performance.now() - startedMs) / 1000)} s, ${traffic.calls} calls, ${lost} lost: ${passed ? 'passed' : 'FAILED'}`,
);
process.exitCode = passed ? 0 : 1;

/** mulberry32: small and seeded. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
