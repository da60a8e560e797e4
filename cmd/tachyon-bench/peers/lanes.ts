// The lanes of a race: a system, what its confirm promises, and how it is started. A lane that cannot run says why.

import { VERSION } from '../../../pkg/protocol/version.ts';
import { askVersion, findProgram, isAtLeast } from './servers/find.ts';
import { startMosquitto } from './servers/mosquitto.ts';
import { startNats } from './servers/nats.ts';
import { rabbitVersion, startRabbit } from './servers/rabbitmq.ts';
import { startRedis } from './servers/redis.ts';
import { freePort, HOST, type RunningServer } from './servers/server.ts';
import { startTachyon } from './servers/tachyon.ts';
import type { PeersSettings, SystemName } from './settings.ts';
import type { DriverName, Way } from './work/words.ts';

/** Lanes of one class are compared with Tachyon's lane of it. */
export type LaneClass = 'direct' | 'fanout-1' | 'fanout-8' | 'limit';

export interface Lane {
  readonly id: string;
  readonly label: string;
  readonly class: LaneClass;
  readonly driver: DriverName;
  readonly ways: readonly Way[];
  readonly subscribers: number;
  readonly version: string;
  /** What a confirm means, in words. */
  readonly durability: string;
  readonly isOurs: boolean;
  start(folder: string, nodeArguments: readonly string[]): Promise<RunningServer>;
}

/** What was left out, and why. */
export interface Missing {
  readonly label: string;
  readonly why: string;
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  readonly missing: readonly Missing[];
}

const BOTH: readonly Way[] = ['client', 'raw'];
const RAW: readonly Way[] = ['raw'];
/** From this version on `sync_interval: always` is known. */
const NATS_SYNC_ALWAYS = '2.10.0';

type Found = (settings: PeersSettings, folder: string) => Promise<Lanes>;

const FIND: Readonly<Record<SystemName, Found>> = {
  nats: () => withServer('nats-server', natsLanes),
  redis: () => withServer('redis-server', redisLanes),
  rabbitmq: (_settings, folder) => withServer('rabbitmq-server', (command) => rabbitLanes(command, folder)),
  mosquitto: () => withServer('mosquitto', mosquittoLanes),
  limits: async () => ({ lanes: await limitLanes(), missing: [] }),
};

/** Ours first, then those of the systems wanted, in the order of the race. `folder` is for programs that want a home. */
export async function findLanes(settings: PeersSettings, folder: string): Promise<Lanes> {
  const found: Lanes[] = [];
  for (const system of settings.only) found.push(await FIND[system](settings, folder));
  const peers = found.flatMap(({ lanes }) => lanes);
  const ours = tachyonLanes(settings).filter(
    (lane) => lane.class === 'direct' || peers.some((peer) => peer.class === lane.class),
  );
  return { lanes: [...ours, ...peers], missing: found.flatMap(({ missing }) => missing) };
}

async function withServer(name: string, lanes: (command: string) => Promise<Lanes>): Promise<Lanes> {
  const command = findProgram(name);
  if (command === null) return { lanes: [], missing: [{ label: name, why: 'it is not on the PATH' }] };
  return lanes(command);
}

function tachyonLanes(settings: PeersSettings): Lane[] {
  const ours = { version: `${VERSION}, ${settings.transport}`, isOurs: true, ways: BOTH };
  const start: Lane['start'] = (folder, nodeArguments) => startTachyon(folder, settings, nodeArguments);
  const fanout = (subscribers: 1 | 8): Lane => ({
    ...ours,
    id: `tachyon-fanout-${subscribers}`,
    label: `Tachyon fanout, 1 to ${subscribers}`,
    class: `fanout-${subscribers}`,
    driver: 'tachyon-fanout',
    subscribers,
    durability: 'none',
    start,
  });
  return [
    {
      ...ours,
      id: 'tachyon',
      label: 'Tachyon',
      class: 'direct',
      driver: 'tachyon',
      subscribers: 0,
      durability: 'fdatasync before the confirm',
      start,
    },
    fanout(1),
    fanout(8),
  ];
}

async function natsLanes(command: string): Promise<Lanes> {
  const version = await askVersion(command, ['--version']);
  const peer = { version, isOurs: false, ways: BOTH };
  const jetstream = (sync: 'default' | 'always'): Lane => ({
    ...peer,
    id: sync === 'default' ? 'nats-jetstream' : 'nats-jetstream-always',
    label: sync === 'default' ? 'NATS JetStream, file' : 'NATS JetStream, file, sync_interval always',
    class: 'direct',
    driver: 'nats-jetstream',
    subscribers: 0,
    durability:
      sync === 'default'
        ? 'written to the system, no fsync before the confirm (sync_interval: its default, 2 min)'
        : 'fsync before the confirm',
    start: (folder) => startNats(command, folder, sync),
  });
  const core = (subscribers: 1 | 8): Lane => ({
    ...peer,
    id: `nats-core-${subscribers}`,
    label: `NATS core, 1 to ${subscribers}`,
    class: `fanout-${subscribers}`,
    driver: 'nats-core',
    subscribers,
    durability: 'none',
    start: (folder) => startNats(command, folder, 'default'),
  });
  const knowsAlways = isAtLeast(version, NATS_SYNC_ALWAYS);
  const always = knowsAlways ? [jetstream('always')] : [];
  const missing = knowsAlways
    ? []
    : [
        {
          label: 'NATS JetStream, sync_interval always',
          why: `nats-server ${version} does not know it, ${NATS_SYNC_ALWAYS} does`,
        },
      ];
  return { lanes: [jetstream('default'), ...always, core(1), core(8)], missing };
}

async function redisLanes(command: string): Promise<Lanes> {
  const version = await askVersion(command, ['--version']);
  const lane = (sync: 'always' | 'everysec', durability: string): Lane => ({
    id: `redis-${sync}`,
    label: `Redis Streams, appendfsync ${sync}`,
    class: 'direct',
    driver: 'redis',
    ways: BOTH,
    subscribers: 0,
    version,
    durability,
    isOurs: false,
    start: (folder) => startRedis(command, folder, sync),
  });
  const lanes = [lane('always', 'fsync before the confirm'), lane('everysec', 'fsync within a second of the confirm')];
  return { lanes, missing: [] };
}

async function rabbitLanes(command: string, folder: string): Promise<Lanes> {
  const version = await rabbitVersion(command, folder);
  const lane = (type: 'quorum' | 'classic', durability: string): Lane => ({
    id: `rabbitmq-${type}`,
    label: `RabbitMQ, ${type} queue, persistent`,
    class: 'direct',
    driver: 'rabbitmq',
    ways: BOTH,
    subscribers: 0,
    version,
    durability,
    isOurs: false,
    start: (data) => startRabbit(command, data, type),
  });
  const lanes = [
    lane('quorum', 'fsync of the log before the confirm'),
    lane('classic', 'written and synced lazily; the confirm waits for the write at most'),
  ];
  return { lanes, missing: [] };
}

async function mosquittoLanes(command: string): Promise<Lanes> {
  const lane: Lane = {
    id: 'mosquitto',
    label: 'Mosquitto, QoS 1, lasting session',
    class: 'direct',
    driver: 'mosquitto',
    ways: BOTH,
    subscribers: 0,
    version: await askVersion(command, ['-h']),
    durability: 'none: held in memory, saved every 30 min without fsync',
    isOurs: false,
    start: (folder) => startMosquitto(command, folder),
  };
  return { lanes: [lane], missing: [] };
}

/** No server: the consumer itself takes the connections. */
async function limitLanes(): Promise<Lane[]> {
  const { version } = await import('zeromq');
  const limit = { class: 'limit', ways: RAW, subscribers: 1, durability: 'none', isOurs: false } as const;
  const start: Lane['start'] = async () => {
    const port = await freePort();
    return {
      target: { host: HOST, port, router: `tcp://${HOST}:${port}`, pub: '', flavour: '' },
      cpuSeconds: () => null,
      end: () => Promise.resolve(),
    };
  };
  const node = process.version;
  return [
    {
      ...limit,
      id: 'limit-libzmq',
      label: 'libzmq, DEALER to ROUTER, one way',
      driver: 'libzmq',
      version,
      start,
    },
    { ...limit, id: 'limit-socket', label: 'node:net, framed blocks, one way', driver: 'socket', version: node, start },
  ];
}
