// `tachyon-bench peers`: its options, and the working processes that it starts itself.

import { tmpdir } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { checkTransport, TRANSPORT_DEFAULT, TRANSPORTS } from '../settings.ts';
import { type RaceFigures, race } from './race.ts';
import { checkPeersSettings, type PeersSettings, SYSTEMS, systemsIn, WAYS, waysIn } from './settings.ts';
import { asMarkdown, asText } from './table.ts';
import { runPeersWorker } from './work/main.ts';
import { WORKER_COMMAND } from './worker.ts';

interface PeersFlags {
  readonly messages: number;
  readonly payloadSize: number;
  readonly window: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly only: string;
  readonly ways: string;
  readonly transport: string;
  readonly dataDir: string;
  readonly patience: number;
  readonly profile?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

const FAILED = 1;
/** As a shell reports it. */
const INTERRUPTED = 130;

const whole = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

export function addPeers(program: Command): void {
  program
    .command('peers')
    .description('Runs the same workload on other brokers that are installed here, and on ours, and compares.')
    .option('--messages <count>', 'Messages of a round.', whole, 500_000)
    .option('--payload-size <bytes>', 'Size of a body.', whole, 100)
    .option(
      '--window <count>',
      'Messages unconfirmed at the producer, and unacknowledged at the consumer.',
      whole,
      8_192,
    )
    .option('--rounds <count>', 'Rounds of each lane; the median counts.', whole, 3)
    .option('--warm-up <count>', 'Messages of each round before its clock starts.', whole, 50_000)
    .option('--only <systems>', `Which, separated by commas: ${SYSTEMS.join(', ')}.`, SYSTEMS.join(','))
    .option('--ways <ways>', 'client: the best Node client of each; raw: our drivers of its protocol.', WAYS.join(','))
    .option('--transport <name>', `Of our broker and client: ${TRANSPORTS.join(' or ')}.`, TRANSPORT_DEFAULT)
    .option('--data-dir <path>', 'The disk to measure: a folder to make data folders in.', tmpdir())
    .option('--patience <ms>', 'How long a round may stand still.', whole, 20_000)
    .option('--profile <folder>', 'Write CPU profiles of our processes there.')
    .option('--json', 'Print all figures as one JSON document.')
    .option('--markdown', 'Print the table for docs/peers.md.')
    .action(async (flags: PeersFlags) => {
      process.exitCode = await run(flags);
    });
  program.command(WORKER_COMMAND, { hidden: true }).action(runPeersWorker);
}

async function run(flags: PeersFlags): Promise<number> {
  const settings = settingsOf(flags);
  // Servers and folders are cleared away at the exit.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(INTERRUPTED));
  const figures = await race(settings, commandLine(), (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(printed(figures, flags));
  return figures.entries.every(({ perSecond }) => perSecond !== null) ? 0 : FAILED;
}

function settingsOf(flags: PeersFlags): PeersSettings {
  const { messages, payloadSize, window, rounds, warmUp } = flags;
  return checkPeersSettings({
    messages,
    payloadSize,
    window,
    rounds,
    warmUp,
    only: systemsIn(flags.only),
    ways: waysIn(flags.ways),
    transport: checkTransport(flags.transport),
    parentFolder: flags.dataDir,
    patienceMs: flags.patience,
    profile: flags.profile ?? null,
  });
}

const commandLine = (): string => ['tachyon-bench', ...process.argv.slice(2)].join(' ');

function printed(figures: RaceFigures, { json, markdown }: PeersFlags): string {
  if (json === true) return `${JSON.stringify(figures, null, 2)}\n`;
  return markdown === true ? asMarkdown(figures) : asText(figures);
}
