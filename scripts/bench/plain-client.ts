// What a client of plain libzmq reaches: direct messages, one a frame, raw bodies, each confirmed when it is on disk, and
// taken and acknowledged by our own client meanwhile. The producer is Python's binding of libzmq (`python3-zmq`).
//
//   npx tsx scripts/bench/plain-client.ts [--messages 500000] [--size 100] [--window 8192] [--runs 3] [--json]

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { pythonWithZmq } from '../../internal/testing/python.ts';
import { declareQueue } from './one-broker/fill-queue.ts';
import { countsOf, median, Report } from './one-broker/report.ts';
import { Taking } from './one-broker/taking.ts';

const PRODUCER = join(import.meta.dirname, 'one-broker/plain_producer.py');
const QUEUE = 'plain';
const ASK_EVERY_MS = 20;

const { counts, json } = countsOf({ messages: 500_000, size: 100, window: 8_192, runs: 3 });
const { messages, size, window, runs } = counts;
const report = new Report('plain-client.ts', json);

const python = pythonWithZmq() ?? missing();
const rates: number[] = [];
const brokerUs: number[] = [];
for (let run = 0; run < runs; run += 1) await measure();
report.line(
  `${Math.round(median(rates)).toLocaleString('en')} msg/s, each confirmed and acknowledged; broker CPU ${median(brokerUs).toFixed(1)} µs a message`,
);
report.end({ messages, size, window, rates, brokerUs });

async function measure(): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-plain-'));
  try {
    const broker = await BrokerProcess.start({ dataFolder });
    await declareQueue(broker, QUEUE);
    const taking = await Taking.begin({ router: broker.router, pub: broker.pub, queue: QUEUE });
    const cpuBefore = broker.usage()?.cpuSeconds ?? Number.NaN;
    const startedMs = performance.now();
    const args = [PRODUCER, broker.router, `${QUEUE}.one`, messages, size, window].map(String);
    await promisify(execFile)(python, args);
    while ((await taking.taken()) < messages) await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    rates.push((messages * 1e3) / (performance.now() - startedMs));
    brokerUs.push((((broker.usage()?.cpuSeconds ?? Number.NaN) - cpuBefore) * 1e6) / messages);
    await taking.end();
    await broker.end();
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

function missing(): never {
  throw new Error('no Python with the binding of libzmq: apt install python3-zmq');
}
