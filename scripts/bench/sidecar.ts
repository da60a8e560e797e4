// What large bodies cost the small messages beside them: on the loop, by threads of the same process, by the sidecar.
// A process serves 100-byte round trips on a Unix socket, as a broker would, and compresses 4 MB bodies meanwhile; its
// client is another process. Twice for each way: bodies at a steady rate, of which the p99 of the round trips counts; and
// bodies as fast as they go, of which the throughput counts. Prints a table and whether the sidecar halves the p99.
//
//   npx tsx scripts/bench/sidecar.ts [--seconds 10] [--rate 20] [--bytes 4000000] [--workers 2] [--json]
//
// The sidecar is the built executable. Run it on a machine that has nothing else to do.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../../cmd/tachyon-bench/measure/machine.ts';
import { type BodyCodec, codecNamed } from '../../internal/media/codecs.ts';
import { FastPath } from '../../internal/media/fast-path.ts';
import { OPERATIONS } from '../../pkg/encoding/fastpath/operations.ts';
import { WorkerPool } from '../../sidecar/worker-pool.ts';
import { SidecarProcess } from '../evidence/sidecar/sidecar-process.ts';
import { largeBody, type PingReport, percentile } from './sidecar/ping.ts';

const WAYS = ['none', 'loop', 'threads', 'sidecar'] as const;
type Way = (typeof WAYS)[number];

interface Figures {
  readonly way: Way;
  /** While bodies come at the steady rate. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bodiesPerSecond: number;
  /** CPU of this process and the sidecar, in cores. */
  readonly ownCpu: number;
  readonly sidecarCpu: number;
  /** As fast as they go, four at a time. */
  readonly throughputMb: number;
}

const AT_ONCE = 4;
const LZ4 = codecNamed('lz4') as BodyCodec;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20' },
    bytes: { type: 'string', default: '4000000' },
    workers: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const [seconds, rate, bytes, workers] = [values.seconds, values.rate, values.bytes, values.workers].map(Number) as [
  number,
  number,
  number,
  number,
];
if ([seconds, rate, bytes, workers].some((value) => !(value > 0)))
  throw new RangeError('every option is a number above 0');

const folder = mkdtempSync(join(tmpdir(), 'tachyon-bench-'));
const echoPath = join(folder, 'echo.sock');
const body = largeBody(bytes);
const machine = describeMachine();
const echo = createServer((socket) => socket.on('error', () => undefined).on('data', (piece) => socket.write(piece)));
const sidecar = new SidecarProcess(join(folder, 'fastpath.sock'), ['--workers', String(workers)]);
const pool = new WorkerPool({ workers, jobMs: 60_000 });
const path = new FastPath({
  sidecar: { socketPath: sidecar.socketPath, timeoutMs: 30_000 },
  cutoverBytes: 1,
  require: true,
  fallbackToLocal: false,
});
try {
  await new Promise<void>((resolve) => echo.listen(echoPath, resolve));
  await sidecar.start();
  await path.open();
  const figures: Figures[] = [];
  for (const way of WAYS) figures.push(await measure(way));
  report(figures);
} finally {
  path.close();
  await pool.close();
  await sidecar.end();
  echo.close();
  rmSync(folder, { recursive: true, force: true });
}

/** One body, compressed; what comes of it is looked at, so that no way can do less than the others. */
async function compressed(way: Way): Promise<void> {
  const packed = await packedBy(way);
  if (packed !== null && LZ4.declaredSize(packed) !== body.length) throw new Error(`${way}: not the body`);
}

async function packedBy(way: Way): Promise<Uint8Array | null> {
  switch (way) {
    case 'none':
      return null;
    case 'loop':
      return LZ4.compress(body);
    case 'threads': {
      // A copy, as the buffer changes hands; a broker's body is one that it keeps too.
      const payload = new Uint8Array(body);
      const job = {
        operation: OPERATIONS.compress,
        flags: 1,
        sizeMax: 0,
        topic: new Uint8Array(0),
        payload,
        crc: null,
      };
      const outcome = await pool.run(job);
      if (!outcome.ok) throw new Error(outcome.detail);
      return outcome.body;
    }
    case 'sidecar': {
      const packed = await path.compress(LZ4, body);
      if (!(packed instanceof Uint8Array)) throw new Error(packed.detail);
      return packed;
    }
  }
}

async function measure(way: Way): Promise<Figures> {
  for (let i = 0; i < AT_ONCE * 2; i += 1) await compressed(way);
  const client = fork(join(import.meta.dirname, 'sidecar/ping.ts'), [echoPath]);
  await once(client, 'message');
  const before = cpu();
  const startedMs = performance.now();
  const done = await steadily(way);
  const tookS = (performance.now() - startedMs) / 1000;
  const after = cpu();
  const { timesMs } = await endOf(client);
  return {
    way,
    p50Ms: percentile(timesMs, 0.5),
    p99Ms: percentile(timesMs, 0.99),
    bodiesPerSecond: done / tookS,
    ownCpu: (after.own - before.own) / tookS,
    sidecarCpu: (after.sidecar - before.sidecar) / tookS,
    throughputMb: way === 'none' ? 0 : await asFastAsItGoes(way),
  };
}

async function endOf(client: ChildProcess): Promise<PingReport> {
  const told = once(client, 'message');
  client.send('end');
  const [report] = (await told) as [PingReport];
  await once(client, 'exit');
  return report;
}

/** Bodies at the rate, whether or not those before are done; no more than eight times what runs at once. */
async function steadily(way: Way): Promise<number> {
  const untilMs = performance.now() + seconds * 1000;
  let done = 0;
  let under = 0;
  for (let nextMs = performance.now(); nextMs < untilMs; nextMs += 1000 / rate) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
    if (under >= AT_ONCE * 8) continue;
    under += 1;
    void compressed(way).then(() => {
      under -= 1;
      done += 1;
    });
  }
  while (under > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  return done;
}

async function asFastAsItGoes(way: Way): Promise<number> {
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 500;
  let done = 0;
  const line = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      await compressed(way);
      done += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return (done * body.length) / 1e6 / ((performance.now() - startedMs) / 1000);
}

function cpu(): { readonly own: number; readonly sidecar: number } {
  const { user, system } = process.cpuUsage();
  return { own: (user + system) / 1e6, sidecar: sidecar.cpuSeconds ?? Number.NaN };
}

function report(figures: readonly Figures[]): void {
  const by = (way: Way): Figures => figures.find((one) => one.way === way) as Figures;
  const ratio = by('sidecar').p99Ms / by('loop').p99Ms;
  if (values.json) {
    console.log(JSON.stringify({ seconds, rate, bytes, workers, figures, p99SidecarToLoop: ratio, machine }, null, 2));
    return;
  }
  console.log(
    `${bytes} B bodies, ${rate} a second, 100 B round trips beside them; ${workers} threads, ${seconds} s each`,
  );
  console.log('| compressed by | p50 ms | p99 ms | bodies/s | CPU here | CPU sidecar | at most MB/s |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const one of figures) {
    const cells = [one.p50Ms, one.p99Ms, one.bodiesPerSecond, one.ownCpu, one.sidecarCpu, one.throughputMb];
    console.log(`| ${one.way === 'none' ? 'nobody' : one.way} | ${cells.map((cell) => cell.toFixed(2)).join(' | ')} |`);
  }
  const words = ratio <= 0.5 ? 'it pays' : 'it does not pay here';
  console.log(`p99 with the sidecar is ${ratio.toFixed(2)} of that on the loop: ${words}`);
  console.log(
    `${machine.cores} cores, node ${machine.node}, commit ${machine.commit ?? 'none'}, load before ${machine.loadBefore}`,
  );
}
