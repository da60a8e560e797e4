// From spawn to ready of a broker on an empty folder, beside what node itself takes to do nothing; interleaved, medians.
//
//   npx tsx scripts/bench/start.ts [--runs 15] [--json]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { countsOf, median, megabytes, Report } from './one-broker/report.ts';

const { counts, json } = countsOf({ runs: 15 });
const { runs } = counts;
const report = new Report('start.ts', json);
const nodeMs: number[] = [];
const brokerMs: number[] = [];
const readyMs: number[] = [];
const cpuMs: number[] = [];
const rssBytes: number[] = [];
for (let run = 0; run < runs; run += 1) {
  const fromMs = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  nodeMs.push(performance.now() - fromMs);
  await startBroker();
}
const rounded = (of: readonly number[]): string =>
  `${Math.round(median(of))} ms (${Math.round(Math.min(...of))} to ${Math.round(Math.max(...of))})`;
report.line(`node -e 0         ${rounded(nodeMs)}`);
report.line(`broker to ready   ${rounded(brokerMs)}, of this the broker's own ${rounded(readyMs)}`);
report.line(`CPU of the broker ${rounded(cpuMs)}, rss ${megabytes(median(rssBytes))}`);
report.end({ runs, nodeMs, brokerMs, readyMs, cpuMs, rssBytes });

async function startBroker(): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-start-'));
  try {
    const fromMs = performance.now();
    const broker = await BrokerProcess.start({ dataFolder });
    brokerMs.push(performance.now() - fromMs);
    readyMs.push(broker.ready.readyMs);
    const usage = broker.usage();
    cpuMs.push((usage?.cpuSeconds ?? Number.NaN) * 1e3);
    rssBytes.push(usage?.rssBytes ?? Number.NaN);
    await broker.end();
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}
