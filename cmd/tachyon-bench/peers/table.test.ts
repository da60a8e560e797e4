// The table compares like with like, says what has no figure, and never prints a ratio of one.

import { describe, expect, it } from 'vitest';
import { failedRound, type Round } from './judge-round.ts';
import { type Entry, medianOf, type RaceFigures } from './race.ts';
import { asMarkdown, asText, rowsOf } from './table.ts';

const round = (perSecond: number): Round => ({ ...failedRound(10, ''), faults: [], perSecond });

const entry = (change: Partial<Entry>): Entry => ({
  lane: 'tachyon',
  label: 'Tachyon',
  class: 'direct',
  isOurs: true,
  version: '1.0.0',
  durability: 'fdatasync',
  way: 'client',
  rounds: [],
  perSecond: 300_000,
  ...change,
});

const peer = (change: Partial<Entry>): Entry =>
  entry({ lane: 'redis-always', label: 'Redis', isOurs: false, version: '7.0.15', ...change });

const failed = { perSecond: null, rounds: [round(1), failedRound(10, '3 of 10 messages are missing')] };

const figures: RaceFigures = {
  machine: {
    cores: 2,
    cpu: 'a | cpu',
    memoryGib: 8,
    system: 'linux',
    node: 'v20.0.0',
    version: '1.0.0',
    commit: 'abc',
    loadBefore: 0.5,
  },
  command: 'tachyon-bench peers',
  settings: {
    messages: 10,
    payloadSize: 100,
    window: 8_192,
    rounds: 3,
    warmUp: 0,
    only: ['redis'],
    ways: ['client', 'raw'],
    transport: 'zmtp',
    parentFolder: 'x',
    patienceMs: 1,
    profile: null,
  },
  entries: [
    entry({}),
    entry({ way: 'raw', perSecond: 900_000 }),
    entry({ lane: 'tachyon-fanout-1', label: 'Tachyon fanout', class: 'fanout-1', perSecond: 50 }),
    peer({ perSecond: 100_000 }),
    peer({ way: 'raw', perSecond: 200_000 }),
    peer({ lane: 'nats-core-1', label: 'NATS core', class: 'fanout-1', perSecond: 100 }),
    peer({ lane: 'nats-jetstream', label: 'JetStream', ...failed }),
  ],
  missing: [{ label: 'mosquitto', why: 'it is not on the PATH' }],
  limits: {
    smallSyncs: {
      blockBytes: 4_096,
      bytesPerSecond: 40_000_000,
      syncsPerSecond: 10_000,
      syncP50Ms: 0.1,
      syncP99Ms: 0.2,
    },
    largeSyncs: { blockBytes: 1, bytesPerSecond: 1_600_000_000, syncsPerSecond: 1, syncP50Ms: 1, syncP99Ms: 1 },
    roundTrip: { p50Ms: 0.023, p99Ms: 0.06, p999Ms: 0.1, maxMs: 1 },
  },
};

describe('the table of a race', () => {
  const rows = new Map(rowsOf(figures).map(([label, ...cells]) => [label, cells.slice(2)]));

  it('has a lane a row, both ways, each with the ratio of our figure of its class and way', () => {
    expect(rows.get('Tachyon')).toEqual(['300,000', '', '900,000', '']);
    expect(rows.get('Redis')).toEqual(['100,000', '3.00', '200,000', '4.50']);
    expect(rows.get('NATS core')).toEqual(['100', '0.50', '', '']);
  });

  it('says why there is no figure, and gives no ratio then', () => {
    const why = 'no figure: 1 of 2 rounds failed (3 of 10 messages are missing)';
    expect(rows.get('JetStream')).toEqual([why, '', '', '']);
  });

  it('ends with the limits of machine and disk', () => {
    expect([...rows.keys()].slice(-3)).toEqual([
      '4 KiB write and fdatasync, p50 / p99',
      '1024 KiB writes, each with fdatasync',
      'loopback socket, there and back, p50 / p99',
    ]);
    expect([...rows.values()].slice(-3).map((cells) => cells[2])).toEqual([
      '0.100 / 0.200 ms',
      '1,600 MB/s',
      '23.0 / 60.0 µs',
    ]);
  });

  it('is Markdown that keeps its columns, with machine, commit, versions, command and what was left out', () => {
    const markdown = asMarkdown(figures);
    const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
    expect(new Set(lines.map((line) => line.split(' | ').length))).toEqual(new Set([7]));
    for (const said of ['at abc', '7.0.15', '`tachyon-bench peers`', 'mosquitto; it is not on the PATH'])
      expect(markdown).toContain(said);
    expect(asText(figures)).toContain('not measured: mosquitto: it is not on the PATH');
  });
});

describe('a median', () => {
  it('is the slower of the middle two of an even number, and none when a round has no figure', () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 3, 2])).toBe(2);
    expect(medianOf([3, null, 2])).toBeNull();
    expect(medianOf([])).toBeNull();
  });
});
