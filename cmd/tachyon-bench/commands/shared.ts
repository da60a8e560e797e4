// The flags that all timed commands share: which broker, over what, how much is under way, and what is printed.

import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { RunFigures } from '../judge.ts';
import { Ticker } from '../output/ticker.ts';
import { durabilityEnv, type RunningBroker, type RunOptions, run, runOn, withBroker } from '../run.ts';
import {
  checkDurability,
  checkSettings,
  checkTransport,
  DURABILITIES,
  type RunSettings,
  SettingsFault,
  TRANSPORT_DEFAULT,
  TRANSPORTS,
  WINDOW_MAX,
} from '../settings.ts';
import { bytes, duration, setting, someDuration, truth, whole } from './flags.ts';

export const FAILED = 1;

export interface SharedFlags {
  readonly connections: number;
  readonly window: number;
  readonly batch: number;
  readonly inFlight?: number;
  readonly consumerWindow?: number;
  readonly duration: number;
  readonly warmUp: number;
  readonly drain: number;
  readonly transport: string;
  readonly durability: string;
  readonly set: Readonly<Record<string, string>>;
  readonly launchBroker: boolean;
  readonly router?: string;
  readonly pub?: string;
  readonly dataDir?: string;
  readonly device: boolean;
  readonly profile?: string;
  readonly pprof?: string;
  readonly progress?: boolean;
  readonly json?: boolean;
}

export interface Defaults {
  readonly connections: number;
  /** As it is written. */
  readonly duration: string;
  readonly window: number;
  readonly warmUp: string;
}

export const DEFAULTS: Defaults = { connections: 2, duration: '15s', window: 4_096, warmUp: '2s' };

const ROUTER = 'tcp://127.0.0.1:5555';
const PUB = 'tcp://127.0.0.1:5556';
/** Bounds the backlog, and with it the latency that only waiting in it adds. */
const IN_FLIGHT_PER_WINDOW = 2;
const IN_FLIGHT_BYTES = 32 * 1024 * 1024;
const IN_FLIGHT_MIN = 4;

export function sharedOptions(command: Command, { connections, duration: time, window, warmUp }: Defaults): Command {
  return command
    .option('--connections <count>', 'Publishing connections.', whole, connections)
    .addOption(timeOption('--duration <time>', 'Measured time, such as 20s.', time).argParser(someDuration))
    .addOption(timeOption('--warm-up <time>', 'Time before it that counts for nothing.', warmUp).argParser(duration))
    .addOption(
      timeOption('--drain <time>', 'How long to wait for messages that are missing after it.', '2s').argParser(
        someDuration,
      ),
    )
    .option(
      '--window <count>',
      `Publishes of a connection that wait for their confirm, up to ${WINDOW_MAX}.`,
      whole,
      window,
    )
    .option('--batch <count>', 'Publish so many in a row, once there is room for them.', whole, 1)
    .option(
      '--in-flight <count>',
      'Messages published and not consumed; 0: no bound. Default: twice all windows, 32 MB.',
      whole,
    )
    .option(
      '--consumer-window <count>',
      'Deliveries the consumer asks to hold. Default: what the broker grants.',
      whole,
    )
    .option(
      '--transport <name>',
      `What client and broker speak through: ${TRANSPORTS.join(' or ')}.`,
      TRANSPORT_DEFAULT,
    )
    .option('--durability <level>', `What a confirm waits for: ${DURABILITIES.join(' or ')}.`, 'disk')
    .addOption(
      new Option('--set <NAME=value>', 'A setting of the own broker, as its environment names it; repeatable.')
        .argParser(setting)
        .default({}, 'none'),
    )
    .option('--launch-broker [yes]', 'Start a broker of its own; false: measure the one at --router.', truth, true)
    .option('--no-launch-broker', 'The same as --launch-broker=false.')
    .option('--router <endpoint>', `ROUTER of the broker. Default: a free port, or ${ROUTER} of a running one.`)
    .option('--pub <endpoint>', `PUB of the broker. Default: a free port, or ${PUB} of a running one.`)
    .option('--data-dir <path>', 'Of a running broker: its data folder, for syncs. Otherwise the disk to measure.')
    .option('--no-device', 'Do not measure what the disk takes.')
    .option('--profile <folder>', 'Write a CPU profile of each process there.')
    .option('--pprof <folder>', 'The same.')
    .option('--progress', 'Show progress and a histogram on standard error, also where it is no terminal.')
    .option('--json', 'Print all figures as one JSON document.');
}

/** Its default as it is written. */
export const timeOption = (flags: string, text: string, byDefault: string): Option =>
  new Option(flags, text).default(duration(byDefault), byDefault);

export const sizeOption = (command: Command, bytesByDefault?: number): Command =>
  command.option('--payload-size <bytes>', 'Size of a body, 16B to 8MB.', bytes, bytesByDefault);

/** What the shared flags say of the workload; each message goes to so many readers. */
export function loadOf(
  flags: SharedFlags,
  payloadSize: number,
  readers = 1,
): Omit<RunSettings, 'mode' | 'topics' | 'rate'> {
  const { connections, window, batch, duration: durationMs, warmUp: warmUpMs, transport, consumerWindow } = flags;
  const fitting = Math.max(IN_FLIGHT_MIN, Math.floor(IN_FLIGHT_BYTES / (payloadSize * readers)));
  return {
    payloadSize,
    messages: connections,
    producers: connections,
    window,
    consumerWindow: consumerWindow ?? null,
    durationMs,
    warmUpMs,
    batch,
    inFlight: flags.inFlight ?? Math.min(IN_FLIGHT_PER_WINDOW * window * connections, fitting),
    transport: checkTransport(transport),
  };
}

export interface Bench {
  /** On a broker of its own, or the one that was named. */
  measure(settings: RunSettings, name: string): Promise<RunFigures>;
}

/** Runs on one broker for all of `work`, or with `fresh` on a new one for each run. */
export async function withBench<T>(flags: SharedFlags, fresh: boolean, work: (bench: Bench) => Promise<T>): Promise<T> {
  const options = optionsOf(flags);
  const bench = (
    measure: (settings: RunSettings, told: Pick<RunOptions, 'progress'>) => Promise<RunFigures>,
  ): Bench => ({
    async measure(settings, name) {
      const ticker = Ticker.for(flags, name, settings);
      try {
        return await measure(checkSettings(ticker.settings), { progress: ticker.tell });
      } finally {
        ticker.end();
      }
    },
  });
  if (options.broker !== null || fresh) return work(bench((settings, told) => run({ ...options, ...told, settings })));
  const { parentFolder, brokerEnv = {}, nodeArguments = {} } = options;
  return withBroker(
    {
      ...(parentFolder === undefined ? {} : { parentFolder }),
      ...options.own,
      env: { TRANSPORT: checkTransport(flags.transport), ...brokerEnv },
      nodeArguments: nodeArguments.broker ?? [],
    },
    (at, own) => work(bench((settings, told) => runOn({ ...options, ...told, settings }, at, own))),
  );
}

/** One run whose progress the caller reads itself. */
export const withWatchedRun = (
  flags: SharedFlags,
  settings: RunSettings,
  progress: NonNullable<RunOptions['progress']>,
): Promise<RunFigures> => run({ ...optionsOf(flags), settings: checkSettings(settings), progress });

function optionsOf(flags: SharedFlags): Omit<RunOptions, 'settings'> {
  const { launchBroker, router, pub, dataDir, drain: patienceMs, set, device: measureDevice } = flags;
  const durability = checkDurability(flags.durability);
  const profile = flags.profile ?? flags.pprof;
  const nodeArguments = profile === undefined ? {} : profiling(profile);
  const common = { patienceMs, nodeArguments, measureDevice };
  if (launchBroker) {
    const own = { ...(router === undefined ? {} : { router }), ...(pub === undefined ? {} : { pub }) };
    const parent = dataDir === undefined ? {} : { parentFolder: dataDir };
    return { ...common, ...parent, broker: null, brokerEnv: { ...durabilityEnv(durability), ...set }, own };
  }
  if (Object.keys(set).length > 0) throw new SettingsFault('--set is for a broker that is started here');
  if (durability !== 'disk') throw new SettingsFault('--durability is for a broker that is started here');
  return { ...common, broker: runningBroker(router ?? ROUTER, pub ?? PUB, dataDir), own: {} };
}

export const runningBroker = (router: string, pub: string, dataDir: string | undefined): RunningBroker => ({
  router,
  pub,
  adminSocket: dataDir === undefined ? null : join(dataDir, 'admin.sock'),
});

export const profiling = (folder: string): NonNullable<RunOptions['nodeArguments']> => {
  const into = (role: string): string[] => [
    '--cpu-prof',
    `--cpu-prof-dir=${folder}`,
    `--cpu-prof-name=${role}.cpuprofile`,
  ];
  return { broker: into('broker'), producer: into('producer'), consumer: into('consumer') };
};
