// `npm run evidence -- fanout-flood [--seconds 15] [--rate 2000] [--json]`: acknowledged direct messages at a steady rate,
// first alone, then while another producer floods fanout as fast as its subscriber reads. Fails when a direct message is
// missing, or when the p99 from publish to consumer more than doubles. Both parts are run in turn, three times; the
// medians are compared.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunFigures } from '../../cmd/tachyon-bench/judge.ts';
import { describeMachine } from '../../cmd/tachyon-bench/measure/machine.ts';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { WorkerProcess } from '../../cmd/tachyon-bench/processes/worker-process.ts';
import { run } from '../../cmd/tachyon-bench/run.ts';
import type { RunSettings } from '../../cmd/tachyon-bench/settings.ts';

const ROUNDS = 3;
const FACTOR_MAX = 2;
/** More than the flood gets through. */
const FLOOD_MESSAGES = 100_000_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    rate: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
});
const rate = Number(values.rate);
const messages = Number(values.seconds) * rate;
if (!Number.isSafeInteger(messages) || messages < 1 || rate < 1)
  throw new RangeError('--seconds and --rate are counts from 1 on');

const common = { payloadSize: 100, producers: 1, topics: 1, window: 8_192, consumerWindow: null };
const direct: RunSettings = { ...common, mode: 'direct-ack', messages, rate };
const flood: RunSettings = { ...common, mode: 'fanout', messages: FLOOD_MESSAGES, rate: 0 };

const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-flood-'));
const broker = await BrokerProcess.start({ dataFolder });
const alone: RunFigures[] = [];
const flooded: RunFigures[] = [];
let floodMessages = 0;
let floodSeconds = 0;
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(await measureDirect('alone'));
    flooded.push(await underFlood(() => measureDirect('under flood')));
  }
  judge();
} finally {
  await broker.end();
  rmSync(dataFolder, { recursive: true, force: true });
}

async function measureDirect(name: string): Promise<RunFigures> {
  const { router, pub } = broker;
  const figures = await run({ settings: direct, broker: { router, pub, adminSocket: join(dataFolder, 'admin.sock') } });
  const { p50Ms, p99Ms, p999Ms } = figures.publishToConsumer;
  if (!values.json) {
    process.stdout.write(
      `${name.padEnd(12)} ${figures.messagesPerSecond} msg/s  p50 ${p50Ms.toFixed(2)}  p99 ${p99Ms.toFixed(2)}  p99.9 ${p999Ms.toFixed(2)} ms\n`,
    );
  }
  return figures;
}

async function underFlood<T>(work: () => Promise<T>): Promise<T> {
  let arrived = 0;
  const producer: WorkerProcess = new WorkerProcess('producer', [], { arrived: () => undefined });
  const consumer = new WorkerProcess('consumer', [], {
    arrived: (count) => {
      arrived = count;
      producer.say({ type: 'arrived', count });
    },
  });
  try {
    const job = { router: broker.router, pub: broker.pub, settings: flood };
    await consumer.open(job);
    await producer.open(job);
    const startedMs = performance.now();
    // It never gets through all of it: what is waited for is the direct part, or a failure of the flood.
    const ended = Promise.race([producer.run(), consumer.run()]).then((): never => {
      throw new Error('the flood ended before the direct messages did');
    });
    const result = await Promise.race([work(), ended]);
    floodMessages += arrived;
    floodSeconds += (performance.now() - startedMs) / 1e3;
    return result;
  } finally {
    await Promise.all([producer.end(), consumer.end()]);
  }
}

function judge(): void {
  const p99 = (runs: readonly RunFigures[]): number => {
    const sorted = runs.map((figures) => figures.publishToConsumer.p99Ms).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] as number;
  };
  const aloneMs = p99(alone);
  const floodedMs = p99(flooded);
  const factor = floodedMs / aloneMs;
  const floodPerSecond = Math.round(floodMessages / floodSeconds);
  const faults = [...alone, ...flooded].flatMap((figures) => figures.faults);
  if (factor > FACTOR_MAX) faults.push(`the direct p99 grew ${factor.toFixed(2)}-fold, and ${FACTOR_MAX} is the bound`);
  if (floodPerSecond < rate) faults.push(`${floodPerSecond} fanout messages per second are no flood`);
  const passed = faults.length === 0;
  const machine = describeMachine();
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ passed, faults, rate, aloneP99Ms: aloneMs, floodedP99Ms: floodedMs, factor, floodPerSecond, machine }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(
      `direct p99: ${aloneMs.toFixed(2)} ms alone, ${floodedMs.toFixed(2)} ms under ${floodPerSecond.toLocaleString('en-US')} fanout msg/s: ${factor.toFixed(2)}-fold\n`,
    );
    process.stdout.write(
      `${machine.cores} cores, node ${machine.node}, commit ${machine.commit ?? 'none'}, load before ${machine.loadBefore}\n`,
    );
    for (const fault of faults) process.stdout.write(`FAILED: ${fault}\n`);
    process.stdout.write(`${passed ? 'passed' : 'FAILED'}\n`);
  }
  process.exitCode = passed ? 0 : 1;
}
