// `tachyon-bench run`: a number of messages through a broker, as fast as they go or at a steady rate.

import type { Command } from 'commander';
import type { RunFigures } from '../judge.ts';
import { asMarkdown, asText, MARKDOWN_HEAD, machineLine } from '../report.ts';
import { run } from '../run.ts';
import { runSeries } from '../series.ts';
import {
  checkMode,
  checkSettings,
  checkTransport,
  MODES,
  type RunSettings,
  SettingsFault,
  TRANSPORT_DEFAULT,
  TRANSPORTS,
  WINDOW_MAX,
} from '../settings.ts';
import { scenarioOf } from './classes.ts';
import { bytes, truth, whole } from './flags.ts';
import { FAILED, profiling, runningBroker } from './shared.ts';

interface RunFlags {
  readonly mode: string;
  readonly scenario?: string;
  readonly payloadSize: number;
  readonly compress: boolean;
  readonly messages: number;
  readonly producers: number;
  readonly connections?: number;
  readonly topics: number;
  readonly topic?: string;
  readonly window: number;
  readonly consumerWindow?: number;
  readonly rate: number;
  readonly transport: string;
  readonly launchBroker: boolean;
  readonly router: string;
  readonly pub: string;
  readonly dataDir?: string;
  readonly repeat: number;
  readonly patience: number;
  readonly profile?: string;
  readonly pprof?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

export function addRun(program: Command): void {
  program
    .command('run')
    .description('Publishes, delivers and acknowledges messages, and fails when one is missing.')
    .option('--mode <mode>', `What is measured: ${MODES.join(', ')}.`, 'direct-ack')
    .option('--scenario <name>', 'A: 512B. B: 4KB, compressed. C: 1MB. D: 8MB. Each with its topic.')
    .option('--payload-size <bytes>', 'Size of a body.', bytes, 100)
    .option('--compress [yes]', 'Producers compress, consumers decompress.', truth, false)
    .option('--messages <count>', 'Messages over all producers.', whole, 1_000_000)
    .option('--producers <count>', 'Publishing connections.', whole, 1)
    .option('--connections <count>', 'The same.', whole)
    .option('--topics <count>', 'Topics that the producers publish to in turn.', whole, 1)
    .option('--topic <name>', 'Publish to this one instead.')
    .option(
      '--window <count>',
      `Publishes of one producer that wait for their confirm, up to ${WINDOW_MAX}.`,
      whole,
      8_192,
    )
    .option(
      '--consumer-window <count>',
      'Deliveries that the consumer asks to hold; default: what the broker grants.',
      whole,
    )
    .option('--rate <count>', 'Messages per second; 0: as fast as it goes.', whole, 0)
    .option('--transport <name>', `How clients connect: ${TRANSPORTS.join(' or ')}.`, TRANSPORT_DEFAULT)
    .option('--no-launch-broker', 'Measure the broker that runs at --router instead of one of its own.')
    .option('--router <endpoint>', 'Its ROUTER.', 'tcp://127.0.0.1:5555')
    .option('--pub <endpoint>', 'Its PUB.', 'tcp://127.0.0.1:5556')
    .option(
      '--data-dir <path>',
      'Of a running broker: its data folder, for syncs. Otherwise the disk to measure: a folder to make one in.',
    )
    .option('--patience <ms>', 'How long after the last confirm a missing message is waited for.', whole, 20_000)
    .option(
      '--repeat <count>',
      'Runs; the median by throughput is printed, of an even number the slower of the middle two.',
      whole,
      1,
    )
    .option('--profile <folder>', 'Write a CPU profile of each process there, for the developer tools of a browser.')
    .option('--pprof <folder>', 'The same.')
    .option('--json', 'Print all figures as one JSON document.')
    .option('--markdown', 'Print rows for docs/performance.md.')
    .action(async (flags: RunFlags) => {
      process.exitCode = await measure(flags);
    });
}

async function measure(flags: RunFlags): Promise<number> {
  const settings = settingsOf(flags);
  const figures = await runSeries(flags.repeat, () => once(settings, flags));
  if (flags.json === true) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  else if (flags.markdown === true) {
    process.stdout.write(`${MARKDOWN_HEAD}\n${asMarkdown(figures)}\n\nMeasured on ${machineLine(figures)}.\n`);
  } else process.stdout.write(asText(figures));
  return figures.ok ? 0 : FAILED;
}

function settingsOf(flags: RunFlags): RunSettings {
  if (flags.repeat < 1) throw new SettingsFault('--repeat must be at least 1');
  const { payloadSize, messages, topics, window, rate, compress, topic } = flags;
  return checkSettings({
    mode: checkMode(flags.mode),
    payloadSize,
    compress,
    messages,
    producers: flags.connections ?? flags.producers,
    topics,
    window,
    consumerWindow: flags.consumerWindow ?? null,
    rate,
    transport: checkTransport(flags.transport),
    ...(flags.scenario === undefined ? {} : scenarioOf(flags.scenario)),
    ...(topic === undefined ? {} : { topic }),
  });
}

function once(settings: RunSettings, flags: RunFlags): Promise<RunFigures> {
  const { launchBroker, router, pub, dataDir, patience: patienceMs } = flags;
  const profile = flags.profile ?? flags.pprof;
  const nodeArguments = profile === undefined ? {} : profiling(profile);
  const parent = launchBroker && dataDir !== undefined ? { parentFolder: dataDir } : {};
  const broker = launchBroker ? null : runningBroker(router, pub, dataDir);
  return run({ settings, broker, nodeArguments, patienceMs, ...parent });
}
