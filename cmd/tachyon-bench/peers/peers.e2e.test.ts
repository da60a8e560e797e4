// Races of a few messages with whatever servers there are, and rounds that lose something: they must be no figures.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../internal/testing/eventually.ts';
import { BENCH_ENTRY } from '../processes/entries.ts';
import type { Lane } from './lanes.ts';
import type { RaceFigures } from './race.ts';
import { runRound } from './round.ts';
import { findProgram } from './servers/find.ts';
import type { PeersSettings } from './settings.ts';
import { startForgetfulServer } from './testing/forgetful-server.ts';

const MESSAGES = 2_000;
/** It needs several seconds for each of its starts, on a busy machine many. */
const RABBIT_WITHIN_MS = 300_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-race-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function peers(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [BENCH_ENTRY, 'peers', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Every lane of the system, both ways, one small round each. */
async function raced(system: string, ...more: readonly string[]): Promise<RaceFigures> {
  const size = ['--messages', String(MESSAGES), '--warm-up', '300', '--window', '512', '--rounds', '1'];
  const { code, stdout, stderr } = await peers('--only', system, ...size, '--data-dir', folder, '--json', ...more);
  expect({ code, stderr, stdout }).toMatchObject({ code: 0 });
  const figures = JSON.parse(stdout) as RaceFigures;
  for (const { subscribersFactor, rounds, perSecond } of figures.entries.map(withFactor)) {
    expect(perSecond).toBeGreaterThan(0);
    expect(rounds).toMatchObject([{ faults: [], confirmed: MESSAGES, received: MESSAGES * subscribersFactor }]);
  }
  // Nothing is left of any server.
  expect(readdirSync(folder)).toEqual([]);
  return figures;
}

const withFactor = (entry: RaceFigures['entries'][number]) => ({
  ...entry,
  subscribersFactor: entry.class === 'fanout-8' ? 8 : 1,
});

const lanesOf = ({ entries }: RaceFigures): string[] => entries.map(({ lane, way }) => `${lane} ${way}`);

describe.skipIf(findProgram('nats-server') === null)('a race with nats-server', () => {
  it('has figures of JetStream and core, both ways, every message confirmed, received and acknowledged', async () => {
    const lanes = lanesOf(await raced('nats'));
    const core = ['nats-core-1 client', 'nats-core-1 raw', 'nats-core-8 client', 'nats-core-8 raw'];
    expect(lanes).toEqual(expect.arrayContaining(['nats-jetstream client', 'nats-jetstream raw', ...core]));
    expect(lanes).toEqual(expect.arrayContaining(['tachyon client', 'tachyon raw', 'tachyon-fanout-8 raw']));
  });
});

describe.skipIf(findProgram('redis-server') === null)('a race with redis-server', () => {
  it('has figures of both ways to sync, with our figures beside them in one table', async () => {
    const lanes = lanesOf(await raced('redis'));
    const redis = ['redis-always client', 'redis-always raw', 'redis-everysec client', 'redis-everysec raw'];
    expect(lanes).toEqual(['tachyon client', 'tachyon raw', ...redis]);
  });
});

describe.skipIf(findProgram('rabbitmq-server') === null)('a race with rabbitmq-server', () => {
  it(
    'has figures of quorum and classic queues, both ways',
    async () => {
      const lanes = lanesOf(await raced('rabbitmq'));
      const quorum = ['rabbitmq-quorum client', 'rabbitmq-quorum raw'];
      expect(lanes).toEqual(expect.arrayContaining([...quorum, 'rabbitmq-classic client', 'rabbitmq-classic raw']));
    },
    RABBIT_WITHIN_MS,
  );
});

describe.skipIf(findProgram('mosquitto') === null)('a race with mosquitto', () => {
  it('has figures of QoS 1, both ways', async () => {
    expect(lanesOf(await raced('mosquitto'))).toEqual(expect.arrayContaining(['mosquitto client', 'mosquitto raw']));
  });
});

describe('a race against the limits', () => {
  it('has lines of libzmq, of a socket both ways and of the disk, and prints them as a table', async () => {
    const { limits, entries } = await raced('limits', '--ways', 'raw', '--payload-size', '1000');
    expect(entries.map(({ lane }) => lane)).toEqual(['tachyon', 'limit-libzmq', 'limit-socket']);
    const { smallSyncs, largeSyncs, roundTrip } = limits!;
    expect(smallSyncs.syncP99Ms).toBeGreaterThanOrEqual(smallSyncs.syncP50Ms);
    expect(largeSyncs.bytesPerSecond).toBeGreaterThan(0);
    expect(roundTrip.p99Ms).toBeGreaterThanOrEqual(roundTrip.p50Ms);
  });
});

describe('a round', () => {
  const settings: PeersSettings = {
    messages: 1_000,
    payloadSize: 100,
    window: 256,
    rounds: 1,
    warmUp: 100,
    only: [],
    ways: ['raw'],
    transport: 'zmtp',
    parentFolder: tmpdir(),
    patienceMs: 500,
    profile: null,
  };
  const lane = (start: Lane['start']): Lane => ({
    id: 'forgetful',
    label: 'a server that forgets',
    class: 'fanout-1',
    driver: 'nats-core',
    ways: ['raw'],
    subscribers: 1,
    version: '',
    durability: 'none',
    isOurs: false,
    start,
  });

  it('over a server that keeps everything is a figure', async () => {
    const round = await runRound(
      lane(() => startForgetfulServer(0)),
      'raw',
      settings,
    );
    expect(round).toMatchObject({ faults: [], received: 1_000, confirmed: 1_000 });
    expect(round.perSecond).toBeGreaterThan(0);
  });

  it('that lost one message of a thousand is none, and says so', async () => {
    const round = await runRound(
      lane(() => startForgetfulServer(700)),
      'raw',
      settings,
    );
    expect(round).toMatchObject({ perSecond: null, received: 999 });
    expect(round.faults).toContain('1 of 1000 messages are missing');
  });

  it('that lost one message of the warm-up is none either', async () => {
    const round = await runRound(
      lane(() => startForgetfulServer(50)),
      'raw',
      settings,
    );
    expect(round).toMatchObject({ perSecond: null, faults: [expect.stringContaining('the warm-up')] });
  });

  it('whose server cannot start, or is gone, says why', async () => {
    const refused = (): Promise<never> => Promise.reject(new Error('no such server'));
    expect(await runRound(lane(refused), 'raw', settings)).toMatchObject({ faults: ['no such server'] });
    const gone = async () => {
      const server = await startForgetfulServer(0);
      await server.end();
      return { ...server, end: () => Promise.resolve() };
    };
    const round = await runRound(lane(gone), 'raw', settings);
    expect(round).toMatchObject({ perSecond: null, faults: [expect.stringContaining('ECONNREFUSED')] });
  });
});

describe('tachyon-bench peers', () => {
  it('that is interrupted leaves no folder behind', async () => {
    const args = ['--only', 'mosquitto', '--ways', 'raw', '--messages', '100000000', '--data-dir', folder];
    const child = spawn(process.execPath, [BENCH_ENTRY, 'peers', ...args], { stdio: 'ignore' });
    const closed = once(child, 'close');
    // One of the race, and one of the round with the data of its broker.
    const hasBroker = (): boolean => readdirSync(folder).some((name) => existsSync(join(folder, name, 'data')));
    await eventually('a broker', hasBroker, { withinMs: 60_000 });
    child.kill('SIGTERM');
    expect(await closed).toEqual([130, null]);
    await eventually('nothing is left', () => readdirSync(folder).length === 0);
  });

  it('refuses what it does not know before anything is started', async () => {
    expect(await peers('--only', 'kafka')).toMatchObject({ code: 2, stderr: expect.stringContaining('choose from') });
    expect(await peers('--ways', 'best')).toMatchObject({ code: 2, stderr: expect.stringContaining('client, raw') });
    expect(await peers('--window', '0')).toMatchObject({ code: 2, stderr: expect.stringContaining('--window') });
  });
});
