// One run: a broker (its own, or one that runs), a producing and a consuming process, and the figures of the three.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAdmin } from '../../pkg/client/index.ts';
import { type BrokerSide, judge, type RunFigures } from './judge.ts';
import { describeMachine } from './measure/machine.ts';
import { BrokerProcess } from './processes/broker-process.ts';
import { WorkerProcess } from './processes/worker-process.ts';
import type { RunSettings } from './settings.ts';
import type { ConsumerResult, ProducerResult, WorkResult } from './work/words.ts';

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
  /** Settings of the own broker, by the names of their environment variables. */
  readonly brokerEnv?: Readonly<Record<string, string>>;
  /** Arguments for node, by role, such as `--cpu-prof`. */
  readonly nodeArguments?: Partial<Record<'broker' | 'producer' | 'consumer', readonly string[]>>;
}

/** As a shell reports it. */
const INTERRUPTED = 130;
const PATIENCE_MS = 20_000;

export async function run(options: RunOptions): Promise<RunFigures> {
  if (options.broker !== null) return measure(options, options.broker, null);
  const parent = options.parentFolder ?? tmpdir();
  const dataFolder = mkdtempSync(join(parent, 'tachyon-bench-'));
  const nodeArguments = options.nodeArguments?.broker ?? [];
  const remove = (): void => rmSync(dataFolder, { recursive: true, force: true });
  const forget = onInterrupt(remove);
  try {
    const broker = await BrokerProcess.start({ dataFolder, env: options.brokerEnv ?? {}, nodeArguments });
    try {
      const { router, pub } = broker;
      return await measure(options, { router, pub, adminSocket: join(dataFolder, 'admin.sock') }, broker);
    } finally {
      await broker.end('SIGTERM');
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
  const { settings, nodeArguments = {} } = options;
  const machine = describeMachine();
  const gauge = await BrokerGauge.open(at, own);
  const producer: WorkerProcess = new WorkerProcess('producer', nodeArguments.producer ?? [], {
    arrived: () => undefined,
  });
  const consumer = new WorkerProcess('consumer', nodeArguments.consumer ?? [], {
    arrived: (count) => producer.say({ type: 'arrived', count }),
  });
  try {
    const job = { router: at.router, pub: at.pub, settings };
    // The consumer first: it declares the queue, and no message waits for its first reader.
    await consumer.open(job);
    await producer.open(job);
    await gauge.begin();
    const received = consumer.run();
    const published = (await Promise.race([producer.run(), consumer.failed])) as ProducerResult;
    const arrived = (await withPatience(received, consumer, options.patienceMs ?? PATIENCE_MS)) as ConsumerResult;
    return judge({ settings, machine, producer: published, consumer: arrived, broker: await gauge.end() });
  } finally {
    await Promise.all([producer.end(), consumer.end()]);
    await gauge.close();
  }
}

/** A message that does not come must not keep the run waiting for ever. */
async function withPatience(
  received: Promise<WorkResult>,
  consumer: WorkerProcess,
  patienceMs: number,
): Promise<WorkResult> {
  const timer = setTimeout(() => consumer.say({ type: 'finish' }), patienceMs);
  try {
    return await received;
  } finally {
    clearTimeout(timer);
  }
}

interface Status {
  readonly event_loop_p99_ms: number;
  readonly journal: {
    readonly durability: string;
    readonly syncs: number;
    readonly sync_p50_ms: number | null;
    readonly sync_p99_ms: number | null;
  };
}

/** Reads the broker before and after: a difference for what adds up, the end for what does not. */
class BrokerGauge {
  readonly #ask: (() => Promise<Status>) | null;
  readonly #close: () => Promise<void>;
  readonly #own: BrokerProcess | null;
  #before: Status | null = null;
  #cpuBefore = 0;

  private constructor(ask: (() => Promise<Status>) | null, close: () => Promise<void>, own: BrokerProcess | null) {
    this.#ask = ask;
    this.#close = close;
    this.#own = own;
  }

  static async open({ adminSocket }: RunningBroker, own: BrokerProcess | null): Promise<BrokerGauge> {
    if (adminSocket === null) return new BrokerGauge(null, () => Promise.resolve(), own);
    const admin = await openAdmin({ socketPath: adminSocket, timeoutMs: 30_000 });
    return new BrokerGauge(
      () => admin.request('status') as Promise<Status>,
      () => admin.close(),
      own,
    );
  }

  async begin(): Promise<void> {
    this.#before = (await this.#ask?.()) ?? null;
    this.#cpuBefore = this.#own?.usage()?.cpuSeconds ?? 0;
  }

  async end(): Promise<BrokerSide> {
    const usage = this.#own?.usage() ?? null;
    const status = (await this.#ask?.()) ?? null;
    return {
      durability: status?.journal.durability ?? 'disk',
      syncs: status === null || this.#before === null ? null : status.journal.syncs - this.#before.journal.syncs,
      syncP50Ms: status?.journal.sync_p50_ms ?? null,
      syncP99Ms: status?.journal.sync_p99_ms ?? null,
      eventLoopP99Ms: status?.event_loop_p99_ms ?? null,
      cpuSeconds: usage === null ? null : Math.round((usage.cpuSeconds - this.#cpuBefore) * 100) / 100,
      rssBytes: usage?.rssBytes ?? null,
      peakRssBytes: usage?.peakRssBytes ?? null,
    };
  }

  close(): Promise<void> {
    return this.#close();
  }
}
