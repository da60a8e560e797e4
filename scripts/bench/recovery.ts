// How long a broker needs from SIGKILL to ready with a queue that nobody emptied: it is filled, killed, and then started
// and killed again, several times. The files are in the page cache from the second start on, as after a real crash.
//
//   npx tsx scripts/bench/recovery.ts [--messages 1000000] [--size 1024] [--runs 5] [--json]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { fillQueue } from './one-broker/fill-queue.ts';
import { countsOf, median, megabytes, Report } from './one-broker/report.ts';

interface Start {
  /** From spawn to the ready line, and of this what the broker itself counted. */
  readonly totalMs: number;
  readonly readyMs: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

const { counts, json } = countsOf({ messages: 1_000_000, size: 1_024, runs: 5 });
const { messages, size, runs } = counts;
const report = new Report('recovery.ts', json);

const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-recovery-'));
try {
  const filled = await BrokerProcess.start({ dataFolder });
  await fillQueue(filled, { queue: 'backlog', messages, size });
  await filled.end('SIGKILL');
  const starts: Start[] = [];
  for (let run = 1; run <= runs; run += 1) starts.push(await startOnce(run));
  const totalMs = median(starts.map((start) => start.totalMs));
  report.line(`median of ${runs}: ${Math.round(totalMs)} ms to ready with ${messages} messages of ${size} B`);
  report.end({ messages, size, totalMs, starts });
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}

async function startOnce(run: number): Promise<Start> {
  const fromMs = performance.now();
  const broker = await BrokerProcess.start({ dataFolder });
  const totalMs = performance.now() - fromMs;
  const usage = broker.usage();
  const { readyMs, messages: found } = broker.ready;
  await broker.end('SIGKILL');
  if (found !== messages)
    throw new Error(`${messages} messages were confirmed, and ${found} are there after a restart`);
  const [cpuSeconds, peakRssBytes] = [usage?.cpuSeconds ?? Number.NaN, usage?.peakRssBytes ?? Number.NaN];
  report.line(
    `start ${run}: ${Math.round(totalMs)} ms, recovery ${readyMs} ms, CPU ${cpuSeconds.toFixed(2)} s, peak ${megabytes(peakRssBytes)}`,
  );
  return { totalMs, readyMs, cpuSeconds, peakRssBytes };
}
