// Of several runs the median counts, a failed one ends them, and what is printed says how many there were.

import { describe, expect, it } from 'vitest';
import type { RunFigures } from './judge.ts';
import { Histogram } from './measure/histogram.ts';
import { latencyOf } from './measure/latency.ts';
import { describeMachine } from './measure/machine.ts';
import { asMarkdown, asText, MARKDOWN_HEAD } from './report.ts';
import { runSeries, type SeriesFigures } from './series.ts';

const PERCENTILES = new Histogram().percentiles();
const LATENCY = latencyOf(new Histogram().data());
const NOTHING = { collections: 0, longestPauseMs: 0, pausesMs: 0, allocatedBytes: 0 };
const figures = (messagesPerSecond: number, ok = true): RunFigures => ({
  ok,
  faults: ok ? [] : ['a message is missing'],
  settings: {
    mode: 'direct-ack',
    payloadSize: 100,
    messages: 1_000,
    producers: 1,
    topics: 1,
    window: 1,
    consumerWindow: null,
    rate: 0,
  },
  transport: 'libzmq',
  machine: describeMachine(),
  durability: 'disk',
  published: 1_000,
  confirmed: 1_000,
  refused: {},
  received: 1_000,
  missing: 0,
  duplicated: 0,
  unexpected: 0,
  seconds: 1,
  messagesPerSecond,
  megabytesPerSecond: 1,
  confirmedPerSecond: 1,
  publishToConfirm: PERCENTILES,
  publishToConsumer: PERCENTILES,
  latency: { confirm: LATENCY, consumer: LATENCY },
  curve: { confirm: [], consumer: [] },
  publishedLate: null,
  leftOut: 0,
  syncsPerSecond: null,
  messagesPerSync: null,
  syncP50Ms: null,
  syncP99Ms: null,
  device: null,
  eventLoopP99Ms: null,
  cpuSeconds: { broker: null, producer: 1, consumer: 1 },
  cpuMicrosPerMessage: { broker: null, producer: 1, consumer: 1 },
  cpuPercent: 1,
  gc: { broker: null, producer: NOTHING, consumer: NOTHING },
  heapBytesPerMessage: { broker: null, producer: 1, consumer: 1 },
  packedShare: 1,
  rssBytes: { broker: null, brokerPeak: null, producer: 1, producerPeak: 1, consumer: 1, consumerPeak: 1 },
});

async function series(...runs: readonly RunFigures[]): Promise<{ told: SeriesFigures; taken: number }> {
  let taken = 0;
  const told = await runSeries(runs.length, async () => {
    taken += 1;
    return runs[taken - 1] as RunFigures;
  });
  return { told, taken };
}

describe('a series of runs', () => {
  it.each([
    [[5], 5],
    [[9, 1], 1],
    [[9, 1, 5], 5],
    [[100, 1, 9, 5], 5],
    [[2, 100, 30, 4, 3], 4],
  ])('of %j msg/s tells the run of %i msg/s', async (speeds, median) => {
    const { told, taken } = await series(...speeds.map((speed) => figures(speed)));
    expect(told).toMatchObject({ ok: true, messagesPerSecond: median, medianOf: speeds.length });
    expect(taken).toBe(speeds.length);
  });

  it.each([0, 1, 2])('fails with the failed run, wherever it stands: number %i', async (bad) => {
    const { told, taken } = await series(...[7, 8, 9].map((speed, run) => figures(speed, run !== bad)));
    expect(told).toMatchObject({ ok: false, messagesPerSecond: 7 + bad, faults: ['a message is missing'] });
    expect(taken).toBe(bad + 1);
  });

  it('says in text and in Markdown how many runs its figures are the median of', async () => {
    const { told } = await series(figures(9), figures(1), figures(5));
    expect(asText(told)).toContain('median of 3 runs');
    const row = asMarkdown(told);
    expect(row).toContain('median of 3 runs');
    expect(row.split(' | ')).toHaveLength(MARKDOWN_HEAD.split('\n')[0]?.split(' | ').length as number);
    const { told: alone } = await series(figures(9));
    expect(asText(alone) + asMarkdown(alone)).not.toContain('median');
  });
});
