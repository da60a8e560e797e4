// One run: a broker (its own, or one that runs), a producing and a consuming process, and the figures of the three.

import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerGauge } from './broker-gauge.ts';
import { judge, type RunFigures } from './judge.ts';
import { machineMs } from './measure/clock.ts';
import { type DeviceFigures, measureDevice } from './measure/device.ts';
import { describeMachine } from './measure/machine.ts';
import { BrokerProcess } from './processes/broker-process.ts';
import { WorkerProcess } from './processes/worker-process.ts';
import { type Durability, type RunSettings, type Workload, workloadOf } from './settings.ts';
import type { ConsumerResult, MeasuredTime, ProducerResult, Progress, WorkResult } from './work/words.ts';

export interface RunningBroker {
  readonly router: string;
  readonly pub: string;
  /** Its `admin.sock`, for syncs; null: they are not known. */
  readonly adminSocket: string | null;
}

export interface RunOptions {
  readonly settings: RunSettings;
  /** A broker that runs already; null: one is started on a folder that is removed afterwards. */
  readonly broker: RunningBroker | null;
  /** Where the own broker's folder is made: decides which disk is measured. */
  readonly parentFolder?: string;
  /** How long the consumer may stay short of the last message once everything is confirmed. */
  readonly patienceMs?: number;
  /** Where the own broker listens. Default: a free port of this machine. */
  readonly own?: { readonly router?: string; readonly pub?: string };
  /** Settings of the own broker, by the names of their environment variables. */
  readonly brokerEnv?: Readonly<Record<string, string>>;
  /** Arguments for node, by role, such as `--cpu-prof`. */
  readonly nodeArguments?: Partial<Record<'broker' | 'producer' | 'consumer', readonly string[]>>;
  /** Measure the disk afterwards, in blocks like the journal's groups. Default false. */
  readonly measureDevice?: boolean;
  /** Called with what the workers tell every `settings.intervalMs`, and what the own broker holds of memory. */
  readonly progress?: (progress: Progress, brokerRssBytes: number | null) => void;
}

export interface OwnBrokerOptions {
  readonly parentFolder?: string;
  /** Default: a free port of this machine. */
  readonly router?: string;
  readonly pub?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** As a shell reports it. */
const INTERRUPTED = 130;
const PATIENCE_MS = 20_000;
/** Between the word and the start, so that no worker hears of it too late. */
const LEAD_MS = 100;
/** Confirms that do not come must not keep the run waiting for ever. */
const CONFIRM_PATIENCE_MS = 60_000;
/** Stamps of another run fall outside of this one's numbers, all but never by chance. */
const PRODUCER_BASES = 2 ** 20;
const PRODUCERS_MAX = 1_024;

export function run(options: RunOptions): Promise<RunFigures> {
  if (options.broker !== null) return measure(options, options.broker, null);
  const { parentFolder, own = {}, brokerEnv = {}, nodeArguments = {}, settings } = options;
  return withBroker(
    {
      ...(parentFolder === undefined ? {} : { parentFolder }),
      ...own,
      env: { TRANSPORT: workloadOf(settings).transport, ...brokerEnv },
      nodeArguments: nodeArguments.broker ?? [],
    },
    (at, broker) => measure(options, at, broker),
  );
}

/** The same on a broker that somebody started with `withBroker`. */
export const runOn = (options: RunOptions, at: RunningBroker, own: BrokerProcess): Promise<RunFigures> =>
  measure(options, at, own);

/** Settings of a broker whose confirms wait for that. */
export const durabilityEnv = (durability: Durability): Readonly<Record<string, string>> =>
  durability === 'disk' ? {} : { WAL_ENABLED: 'false' };

/** A probed broker on a folder of its own, which is gone afterwards. */
export async function withBroker<T>(
  { parentFolder = tmpdir(), ...options }: OwnBrokerOptions,
  work: (at: RunningBroker, own: BrokerProcess) => Promise<T>,
): Promise<T> {
  const dataFolder = mkdtempSync(join(parentFolder, 'tachyon-bench-'));
  const remove = (): void => rmSync(dataFolder, { recursive: true, force: true });
  const forget = onInterrupt(remove);
  try {
    const own = await BrokerProcess.start({ ...options, dataFolder, probed: true });
    try {
      return await work({ router: own.router, pub: own.pub, adminSocket: join(dataFolder, 'admin.sock') }, own);
    } finally {
      await own.end('SIGTERM');
    }
  } finally {
    forget();
    remove();
  }
}

/** The broker and the workers end with this process; the folder would stay. Gives the way to stop listening. */
function onInterrupt(remove: () => void): () => void {
  const interrupted = (): void => {
    remove();
    process.exit(INTERRUPTED);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
  };
}

async function measure(options: RunOptions, at: RunningBroker, own: BrokerProcess | null): Promise<RunFigures> {
  const { settings, nodeArguments = {}, patienceMs = PATIENCE_MS } = options;
  const workload = workloadOf(settings);
  const machine = describeMachine();
  const gauge = await BrokerGauge.open(at.adminSocket, own);
  const progress = (told: Progress): void => options.progress?.(told, gauge.rssBytes());
  const over = new AbortController();
  let arrivedAtMs = machineMs();
  const producer: WorkerProcess = new WorkerProcess('producer', nodeArguments.producer ?? [], {
    arrived: () => undefined,
    progress,
  });
  const consumer = new WorkerProcess('consumer', nodeArguments.consumer ?? [], {
    arrived: (count) => {
      arrivedAtMs = machineMs();
      producer.say({ type: 'arrived', count });
    },
    progress,
  });
  const broken = Promise.race([consumer.failed, producer.failed, brokerEnd(own)]);
  broken.catch(() => undefined); // who waits for something sees it there
  try {
    const job = {
      router: at.router,
      pub: at.pub,
      settings,
      producerBase: randomInt(PRODUCER_BASES) * PRODUCERS_MAX,
    };
    // The consumer first: it declares the queue, and no message waits for its first reader.
    await Promise.race([consumer.open(job), broken]);
    await Promise.race([producer.open(job), broken]);
    const time = timeOf(workload);
    const marks = markedBy(gauge, time, over.signal);
    marks.catch(() => undefined); // seen when it is waited for, or not at all when the run has failed before
    if (time.toMs === null) await gauge.begin();
    const received = consumer.run(time);
    received.catch(() => undefined);
    const publishing = Promise.race([producer.run(time), broken]);
    const published = (await withinTime(publishing, time)) as ProducerResult;
    if (time.toMs !== null) consumer.say({ type: 'expect', accepted: published.confirmed });
    const isLate = time.toMs === null ? () => true : () => machineMs() - arrivedAtMs >= patienceMs;
    const arriving = Promise.race([received, broken]);
    const arrived = (await withPatience(arriving, consumer, patienceMs, isLate)) as ConsumerResult;
    await marks;
    await gauge.end();
    // Closed in order, so that acknowledgements that are still under way leave first.
    await consumer.end();
    const isWhole = arrived.received > 0 && settings.mode !== 'fanout' && time.toMs !== null;
    const leftover = isWhole ? await gauge.leftover(patienceMs) : null;
    const broker = gauge.side();
    const device = options.measureDevice === true ? deviceUnder(at, broker) : null;
    const measuredMs = time.toMs === null ? null : time.toMs - time.fromMs;
    return judge({ settings, machine, producer: published, consumer: arrived, broker, device, leftover, measuredMs });
  } finally {
    over.abort();
    await Promise.all([producer.end(), consumer.end()]);
    await gauge.close();
  }
}

function timeOf({ durationMs, warmUpMs }: Workload): MeasuredTime {
  const startMs = machineMs() + (durationMs === 0 ? 0 : LEAD_MS);
  const fromMs = startMs + warmUpMs;
  return { startMs, fromMs, toMs: durationMs === 0 ? null : fromMs + durationMs };
}

/** Reads the broker when the measured time begins and when it ends. */
async function markedBy(gauge: BrokerGauge, { fromMs, toMs }: MeasuredTime, signal: AbortSignal): Promise<void> {
  if (toMs === null) return;
  const until = (atMs: number): Promise<void> => sleep(Math.max(0, atMs - machineMs()), undefined, { signal });
  await until(fromMs);
  await gauge.begin();
  await until(toMs);
  await gauge.end();
}

async function brokerEnd(own: BrokerProcess | null): Promise<never> {
  if (own !== null) {
    await own.ended;
    throw new Error('the broker ended during the run');
  }
  return new Promise<never>(() => undefined);
}

/** Publishing ends with the measured time, but for confirms. */
async function withinTime<T>(publishing: Promise<T>, { toMs }: MeasuredTime): Promise<T> {
  if (toMs === null) return publishing;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new Error('publishes were not confirmed within a minute of the last one'));
    timer = setTimeout(fail, toMs - machineMs() + CONFIRM_PATIENCE_MS);
  });
  try {
    return await Promise.race([publishing, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A message that does not come must not keep the run waiting for ever: `isLate` is asked every time `patienceMs` is over. */
async function withPatience(
  received: Promise<WorkResult>,
  consumer: WorkerProcess,
  patienceMs: number,
  isLate: () => boolean,
): Promise<WorkResult> {
  const timer = setInterval(() => {
    if (isLate()) consumer.say({ type: 'finish' });
  }, patienceMs);
  try {
    return await received;
  } finally {
    clearInterval(timer);
  }
}

/** In blocks as large as the journal's groups were in this run; null where nothing was synced or the disk is not known. */
function deviceUnder(
  { adminSocket }: RunningBroker,
  { syncs, journalBytes }: { readonly syncs: number | null; readonly journalBytes: number | null },
): DeviceFigures | null {
  if (adminSocket === null || syncs === null || journalBytes === null || syncs === 0 || journalBytes === 0) return null;
  const data = dirname(adminSocket);
  const beside = dirname(data);
  // Not in the data folder, which is the broker's; beside it only where that is the same disk.
  if (statSync(data).dev !== statSync(beside).dev) return null;
  return measureDevice(beside, journalBytes / syncs);
}
