// What publishers notice of a long queue that is being emptied: the rate of publishing, confirmed, while nobody takes
// anything, and while a consumer drains a backlog as fast as it can. Both in turn, on one broker.
//
//   npx tsx scripts/bench/drain-beside.ts [--backlog 2000000] [--messages 300000] [--rounds 3] [--json]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { fillQueue } from './one-broker/fill-queue.ts';
import { countsOf, median, Report } from './one-broker/report.ts';
import { Taking } from './one-broker/taking.ts';

const BACKLOG = 'backlog';
const SIZE = 100;

const { counts, json } = countsOf({ backlog: 2_000_000, messages: 300_000, rounds: 3 });
const { backlog, messages, rounds } = counts;
const report = new Report('drain-beside.ts', json);

const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-drain-'));
try {
  const broker = await BrokerProcess.start({ dataFolder });
  await fillQueue(broker, { queue: BACKLOG, messages: backlog, size: SIZE });
  const alone: number[] = [];
  const beside: number[] = [];
  const drained: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    alone.push(messages / (await fillQueue(broker, { queue: `alone${round}`, messages, size: SIZE })));
    const taking = await Taking.begin({ router: broker.router, pub: broker.pub, queue: BACKLOG });
    const before = await taking.taken();
    const seconds = await fillQueue(broker, { queue: `beside${round}`, messages, size: SIZE });
    const taken = (await taking.taken()) - before;
    await taking.end();
    beside.push(messages / seconds);
    drained.push(taken / seconds);
  }
  await broker.end();
  const fall = 1 - median(beside) / median(alone);
  report.line(
    `published ${shown(alone)} msg/s alone, ${shown(beside)} beside a consumer that drained ${shown(drained)}: ${(fall * 100).toFixed(0)} % less`,
  );
  report.end({ backlog, messages, alone, beside, drained, fall });
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}

function shown(rates: readonly number[]): string {
  return Math.round(median(rates)).toLocaleString('en');
}
