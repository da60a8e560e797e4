// `npm run evidence -- backlog [--messages 1000000] [--size 1024] [--json]`: a queue without consumers takes a million
// messages of 1 KB, the broker is killed and started again, and a consumer takes them all out. Fails when the broker's
// memory passes 400 MB at any time, when it needs 10 s or more until it is ready again, or when a message is missing.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ArrivalBook } from '../../cmd/tachyon-bench/measure/arrival-book.ts';
import { machineMs } from '../../cmd/tachyon-bench/measure/clock.ts';
import { describeMachine } from '../../cmd/tachyon-bench/measure/machine.ts';
import { BodyMaker, readStamp } from '../../cmd/tachyon-bench/measure/stamped-body.ts';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { connect } from '../../pkg/client/index.ts';

const RSS_BYTES_MAX = 400_000_000;
const RESTART_MS_MAX = 10_000;
const WINDOW = 16_384;
const PATIENCE_MS = 30_000;
const QUEUE = 'backlog';

interface Stage {
  readonly stage: string;
  readonly seconds: number;
  readonly messages: number;
  readonly brokerRssBytes: number;
  readonly brokerPeakRssBytes: number;
}

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    size: { type: 'string', default: '1024' },
    json: { type: 'boolean', default: false },
  },
});
const messages = Number(values.messages);
const size = Number(values.size);
if (!Number.isSafeInteger(messages) || messages < 1)
  throw new RangeError(`--messages is a count from 1 on, not ${values.messages}`);
if (!Number.isSafeInteger(size) || size < 16) throw new RangeError(`--size is bytes from 16 on, not ${values.size}`);

const stages: Stage[] = [];
const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-backlog-'));
try {
  await fill();
  const { readyMs, recoveredEvents } = await recoverAndDrain();
  judge(readyMs, recoveredEvents);
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}

async function fill(): Promise<void> {
  const broker = await BrokerProcess.start({ dataFolder });
  const admin = await broker.openAdmin();
  await admin.request('queues.declare', {
    queue: QUEUE,
    patterns: ['backlog.>'],
    actor: 'evidence',
    reason: 'backlog',
  });
  await admin.close();
  const client = await connect({ router: broker.router, pub: broker.pub });
  const startedMs = machineMs();
  await publishAll(client);
  note('published', startedMs, messages, broker);
  await client.close();
  await broker.end('SIGKILL');
}

function publishAll(client: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const bodies = new BodyMaker(0, size);
  return new Promise((resolve, reject) => {
    let next = 0;
    let underWay = 0;
    const refill = (): void => {
      while (next < messages && underWay < WINDOW) {
        underWay += 1;
        client.publish('backlog.one', bodies.make(next, 0)).then(settle, reject);
        next += 1;
      }
    };
    const settle = (): void => {
      underWay -= 1;
      if (next === messages && underWay === 0) resolve();
      else if (underWay === WINDOW >>> 1) refill();
    };
    refill();
  });
}

async function recoverAndDrain(): Promise<{ readyMs: number; recoveredEvents: number }> {
  const restartedMs = machineMs();
  const broker = await BrokerProcess.start({ dataFolder });
  const readyMs = machineMs() - restartedMs;
  note('ready again after SIGKILL', restartedMs, broker.ready.messages, broker);
  const { recoveredEvents } = broker.ready;
  const drainMs = machineMs();
  const received = await drain(broker);
  note('drained', drainMs, received, broker);
  await broker.end();
  return { readyMs, recoveredEvents };
}

/** The distinct messages that came out. */
async function drain(broker: BrokerProcess): Promise<number> {
  const book = new ArrivalBook([messages]);
  const client = await connect({ router: broker.router, pub: broker.pub, timeoutMs: 30_000 });
  await new Promise<void>((resolve) => {
    let atMs = machineMs();
    // A message that does not come must not keep the run waiting for ever.
    const watch = setInterval(() => {
      if (machineMs() - atMs < PATIENCE_MS) return;
      clearInterval(watch);
      resolve();
    }, 1_000);
    const whenAll = (): void => {
      clearInterval(watch);
      resolve();
    };
    void client.consume({ queue: QUEUE }, (delivery) => {
      const stamp = readStamp(delivery.body);
      if (stamp !== null) book.note(stamp.producer, stamp.index);
      atMs = machineMs();
      if (book.distinct < messages) return undefined;
      return delivery.ack({ durable: true }).then(whenAll);
    });
  });
  await client.drain();
  return book.distinct;
}

function note(stage: string, sinceMs: number, count: number, broker: BrokerProcess): void {
  const usage = broker.usage();
  if (usage === null) throw new Error('the memory of a process can be read on Linux only');
  const seconds = Math.round(machineMs() - sinceMs) / 1e3;
  const entry = {
    stage,
    seconds,
    messages: count,
    brokerRssBytes: usage.rssBytes,
    brokerPeakRssBytes: usage.peakRssBytes,
  };
  stages.push(entry);
  if (!values.json) process.stdout.write(`${rowOf(entry)}\n`);
}

function rowOf({ stage, seconds, messages: count, brokerRssBytes, brokerPeakRssBytes }: Stage): string {
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const rate = `${Math.round(count / seconds).toLocaleString('en-US')}/s`;
  return [
    stage.padEnd(26),
    `${seconds.toFixed(2)} s`.padStart(9),
    count.toLocaleString('en-US').padStart(11),
    rate.padStart(12),
    `rss ${mb(brokerRssBytes)}`.padStart(12),
    `peak ${mb(brokerPeakRssBytes)}`.padStart(12),
  ].join('  ');
}

function judge(readyMs: number, recoveredEvents: number): void {
  const peak = Math.max(...stages.map((stage) => stage.brokerPeakRssBytes));
  const [published, recovered, drained] = stages.map((stage) => stage.messages);
  const faults = [
    ...(peak >= RSS_BYTES_MAX ? [`the broker's memory reached ${peak} B, and ${RSS_BYTES_MAX} B is the bound`] : []),
    ...(readyMs >= RESTART_MS_MAX
      ? [`the restart took ${Math.round(readyMs)} ms, and ${RESTART_MS_MAX} ms is the bound`]
      : []),
    ...(recovered === published
      ? []
      : [`${published} messages were confirmed, and ${recovered} were there after the restart`]),
    ...(drained === published ? [] : [`${published} messages were confirmed, and ${drained} came out`]),
  ];
  const passed = faults.length === 0;
  const machine = describeMachine();
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ passed, faults, messages, size, readyMs, recoveredEvents, stages, machine }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(
      `${machine.cores} cores, node ${machine.node}, commit ${machine.commit ?? 'none'}, load before ${machine.loadBefore}\n`,
    );
    for (const fault of faults) process.stdout.write(`FAILED: ${fault}\n`);
    process.stdout.write(`${passed ? 'passed' : 'FAILED'}\n`);
  }
  process.exitCode = passed ? 0 : 1;
}
