// `tachyon-bench soak`: a steady rate for hours, a line now and then, and at the end whether anything leaked.

import type { Command } from 'commander';
import type { RunFigures } from '../judge.ts';
import { Histogram } from '../measure/histogram.ts';
import { judgeMemory, type MemorySample, type MemoryVerdict } from '../measure/leak.ts';
import { columns } from '../output/columns.ts';
import { asDetails } from '../output/details.ts';
import type { Progress } from '../work/words.ts';
import { someDuration, truth, whole } from './flags.ts';
import {
  DEFAULTS,
  FAILED,
  loadOf,
  type SharedFlags,
  sharedOptions,
  sizeOption,
  timeOption,
  withWatchedRun,
} from './shared.ts';

interface SoakFlags extends SharedFlags {
  readonly rate: number;
  readonly payloadSize: number;
  readonly compress: boolean;
  readonly every: number;
  readonly slopeMax: number;
}

const MIB = 1024 ** 2;
const SLOPE_MAX_MIB = 16;
/** What collections leave between two samples. */
const NOISE_BYTES = 16 * MIB;

export function addSoak(program: Command): void {
  const command = program
    .command('soak')
    .description('Holds a rate for hours and fails when memory grows or a message is missing.')
    .option('--rate <count>', 'Messages per second; 0: as fast as it goes.', whole, 5_000)
    .option('--compress [yes]', 'Producers compress, consumers decompress.', truth, false)
    .addOption(timeOption('--every <time>', 'How often a line is printed.', '60s').argParser(someDuration))
    .option('--slope-max <MiB>', 'A process that grows by more than so many MiB an hour leaks.', whole, SLOPE_MAX_MIB);
  sharedOptions(sizeOption(command, 512), { ...DEFAULTS, duration: '4h', warmUp: '5s' }).action(
    async (flags: SoakFlags) => {
      process.exitCode = await measure(flags);
    },
  );
}

type Memory = Record<'broker' | 'producer' | 'consumer', MemorySample[]>;

async function measure(flags: SoakFlags): Promise<number> {
  const log = new SoakLog(flags.json !== true);
  const load = { mode: 'direct-ack', topics: 1, rate: flags.rate, compress: flags.compress } as const;
  const settings = { ...loadOf(flags, flags.payloadSize), ...load, intervalMs: flags.every };
  const figures = await withWatchedRun(flags, settings, log.tell);
  const verdicts = verdictsOf(log.memory, flags.slopeMax);
  const leaks = Object.values(verdicts).some(({ verdict }) => verdict === 'leak');
  const ok = figures.ok && !leaks;
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ ok, memory: verdicts, intervals: log.intervals, figures }, null, 2)}\n`);
  } else process.stdout.write(`\n${asDetails(figures)}\n${asText(verdicts, figures)}`);
  return ok ? 0 : FAILED;
}

const verdictsOf = (memory: Memory, slopeMaxMib: number): Record<keyof Memory, MemoryVerdict> => {
  const judged = (samples: readonly MemorySample[]): MemoryVerdict =>
    judgeMemory(samples, slopeMaxMib * MIB, NOISE_BYTES);
  return { broker: judged(memory.broker), producer: judged(memory.producer), consumer: judged(memory.consumer) };
};

function asText(verdicts: Record<keyof Memory, MemoryVerdict>, { missing }: RunFigures): string {
  const rows = Object.entries(verdicts).map(([name, { bytesPerHour, grownBytes, verdict }]) => [
    name,
    bytesPerHour === null ? '?' : (bytesPerHour / MIB).toFixed(1),
    (grownBytes / MIB).toFixed(1),
    verdict === 'too short' ? 'too short to tell' : verdict,
  ]);
  const messages = missing === 0 ? 'No message is missing.' : `FAILED: ${missing} messages are missing.`;
  return `${columns(['memory', 'MiB per hour', 'grown MiB', 'verdict'], rows)}\n${messages}\n`;
}

interface Interval {
  readonly seconds: number;
  readonly published: number;
  readonly received: number;
  readonly underWay: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly brokerRssBytes: number | null;
}

/** Lines as they come: each when both workers have told once more. */
class SoakLog {
  readonly memory: Memory = { broker: [], producer: [], consumer: [] };
  readonly intervals: Interval[] = [];
  readonly #prints: boolean;
  readonly #startedMs = performance.now();
  #producer: Progress | null = null;
  #consumer: Progress | null = null;

  constructor(prints: boolean) {
    this.#prints = prints;
  }

  readonly tell = (progress: Progress, brokerRss: number | null): void => {
    const atMs = performance.now();
    this.memory[progress.role].push({ atMs, bytes: progress.rssBytes });
    if (progress.role === 'producer') this.#producer = progress;
    else this.#consumer = progress;
    if (this.#producer === null || this.#consumer === null) return;
    if (brokerRss !== null) this.memory.broker.push({ atMs, bytes: brokerRss });
    this.#add(atMs, this.#producer.published, this.#consumer, brokerRss);
    this.#producer = null;
    this.#consumer = null;
  };

  #add(atMs: number, published: number, { received, latencies }: Progress, brokerRssBytes: number | null): void {
    const { p50Ms, p99Ms, maxMs } = Histogram.of(latencies).percentiles();
    const interval: Interval = {
      seconds: Math.round((atMs - this.#startedMs) / 100) / 10,
      published,
      received,
      underWay: Math.max(0, published - received),
      p50Ms,
      p99Ms,
      maxMs,
      brokerRssBytes,
    };
    this.intervals.push(interval);
    if (this.#prints) process.stdout.write(`${lineOf(interval)}\n`);
  }
}

const lineOf = ({ seconds, published, received, underWay, p50Ms, p99Ms, maxMs, brokerRssBytes }: Interval): string => {
  const rss = brokerRssBytes === null ? '?' : `${Math.round(brokerRssBytes / MIB)} MiB`;
  return `${seconds.toFixed(1)} s  published ${published}  consumed ${received}  under way ${underWay}  p50 ${p50Ms.toFixed(2)}  p99 ${p99Ms.toFixed(2)}  max ${maxMs.toFixed(1)} ms  broker ${rss}`;
};
