// What bodies of megabytes do: how many bytes of them a second go through a broker, durably and acknowledged, and what the
// small messages beside them wait. Broker, and a process each for the large and the small ones; the small ones come at a
// steady rate and are timed from publish to handler.
//
//   npx tsx scripts/bench/large-bodies.ts [--sizes 1000000,4000000,8000000] [--seconds 10] [--window 8] [--rate 200] [--json]

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import type { Given, LargeFigures, SmallFigures } from './one-broker/bodies-worker.ts';
import { declareQueue } from './one-broker/fill-queue.ts';
import { countOf, megabytes, Report } from './one-broker/report.ts';

const WORKER = join(import.meta.dirname, 'one-broker/bodies-worker.ts');
const LARGE = 'large';
const SMALL = 'small';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000000,4000000,8000000' },
    seconds: { type: 'string', default: '10' },
    window: { type: 'string', default: '8' },
    rate: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
});
const sizes = values.sizes.split(',').map((size) => countOf('sizes', size));
const seconds = countOf('seconds', values.seconds);
const window = countOf('window', values.window);
const rate = countOf('rate', values.rate);
const report = new Report('large-bodies.ts', values.json);
const figures: object[] = [];
for (const size of sizes) figures.push(await measure(size));
report.end({ seconds, window, rate, figures });

async function measure(size: number): Promise<object> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-bodies-'));
  try {
    const broker = await BrokerProcess.start({ dataFolder });
    for (const queue of [LARGE, SMALL]) await declareQueue(broker, queue);
    const given = { router: broker.router, pub: broker.pub, seconds };
    const before = broker.usage()?.cpuSeconds ?? Number.NaN;
    const [large, small] = await Promise.all([
      run<LargeFigures>({ ...given, queue: LARGE, size, window, rate: 0 }),
      run<SmallFigures>({ ...given, queue: SMALL, size: 100, window: 1, rate }),
    ]);
    const usage = broker.usage();
    const cpuSeconds = (usage?.cpuSeconds ?? Number.NaN) - before;
    await broker.end();
    const gigabytes = (large.messages * size) / 1e9;
    report.line(
      [
        `${megabytes(size)} bodies: ${Math.round((gigabytes * 1e3) / large.seconds)} MB/s`,
        `broker CPU ${(cpuSeconds / gigabytes).toFixed(2)} s a GB, client ${(large.cpuSeconds / gigabytes).toFixed(2)}`,
        `peak ${megabytes(usage?.peakRssBytes ?? Number.NaN)}`,
        `small ones p50 ${small.p50Ms.toFixed(1)} ms, p99 ${small.p99Ms.toFixed(1)} ms of ${small.messages}`,
      ].join('; '),
    );
    return { size, ...large, small, brokerCpuSeconds: cpuSeconds, peakRssBytes: usage?.peakRssBytes };
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function run<Figures>(given: Given): Promise<Figures> {
  const worker = fork(WORKER, [JSON.stringify(given)]);
  const ended = once(worker, 'exit').then(([code]) => {
    throw new Error(`a worker ended with ${code} before it told its figures`);
  });
  const [told] = (await Promise.race([once(worker, 'message'), ended])) as [Figures];
  ended.catch(() => undefined);
  worker.disconnect();
  return told;
}
