#!/usr/bin/env node
// `tachyon-bench`: measures a broker from outside, with producers and consumers in processes of their own.

import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { VERSION } from '../../pkg/protocol/version.ts';
import type { RunFigures } from './judge.ts';
import { asMarkdown, asText, MARKDOWN_HEAD, machineLine } from './report.ts';
import { type RunOptions, run } from './run.ts';
import { runSeries } from './series.ts';
import { checkMode, checkSettings, MODES, type RunSettings, SettingsFault, WINDOW_MAX } from './settings.ts';
import { runWorker } from './work/main.ts';

const FAILED = 1;
const USAGE = 2;

interface RunFlags {
  readonly mode: string;
  readonly payloadSize: number;
  readonly messages: number;
  readonly producers: number;
  readonly topics: number;
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
  readonly json?: boolean;
  readonly markdown?: boolean;
}

const whole = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const program = new Command('tachyon-bench').description('Measures a broker.').version(VERSION);
program.configureHelp({ showGlobalOptions: false });

program
  .command('run')
  .description('Publishes, delivers and acknowledges messages, and fails when one is missing.')
  .option('--mode <mode>', `What is measured: ${MODES.join(' or ')}.`, 'direct-ack')
  .option('--payload-size <bytes>', 'Size of a body.', whole, 100)
  .option('--messages <count>', 'Messages over all producers.', whole, 1_000_000)
  .option('--producers <count>', 'Publishing connections.', whole, 1)
  .option('--topics <count>', 'Topics that the producers publish to in turn.', whole, 1)
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
  .option('--transport <name>', 'How clients connect: libzmq.', 'libzmq')
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
  .option('--json', 'Print all figures as one JSON document.')
  .option('--markdown', 'Print rows for docs/performance.md.')
  .action(async (flags: RunFlags) => {
    process.exitCode = await measure(flags);
  });

program.command('worker', { hidden: true }).action(runWorker);

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
  if (flags.transport !== 'libzmq')
    throw new SettingsFault(`--transport ${flags.transport} is not supported yet: choose libzmq`);
  if (flags.repeat < 1) throw new SettingsFault('--repeat must be at least 1');
  const { payloadSize, messages, producers, topics, window, rate } = flags;
  const consumerWindow = flags.consumerWindow ?? null;
  return checkSettings({
    mode: checkMode(flags.mode),
    payloadSize,
    messages,
    producers,
    topics,
    window,
    consumerWindow,
    rate,
  });
}

function once(
  settings: RunSettings,
  { launchBroker, router, pub, dataDir, profile, patience: patienceMs }: RunFlags,
): Promise<RunFigures> {
  const nodeArguments = profile === undefined ? {} : profiling(profile);
  if (launchBroker) {
    return run({
      settings,
      broker: null,
      nodeArguments,
      patienceMs,
      ...(dataDir === undefined ? {} : { parentFolder: dataDir }),
    });
  }
  const adminSocket = dataDir === undefined ? null : join(dataDir, 'admin.sock');
  return run({ settings, broker: { router, pub, adminSocket }, nodeArguments, patienceMs });
}

const profiling = (folder: string): NonNullable<RunOptions['nodeArguments']> => {
  const into = (role: string): string[] => [
    '--cpu-prof',
    `--cpu-prof-dir=${folder}`,
    `--cpu-prof-name=${role}.cpuprofile`,
  ];
  return { broker: into('broker'), producer: into('producer'), consumer: into('consumer') };
};

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`tachyon-bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof SettingsFault ? USAGE : FAILED;
}
