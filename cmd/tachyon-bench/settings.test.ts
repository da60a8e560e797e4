// What a run is told is judged before anything starts, and a mixed run is mixed as it says.

import { describe, expect, it } from 'vitest';
import { classBytes, scenarioOf } from './commands/classes.ts';
import { bytes, duration, setting, truth, whole } from './commands/flags.ts';
import {
  checkSettings,
  queuesOf,
  type RunSettings,
  sharesOf,
  tellEvery,
  topicPlan,
  underWayMax,
  workloadOf,
} from './settings.ts';

const SETTINGS: RunSettings = {
  mode: 'direct-ack',
  payloadSize: 100,
  messages: 10,
  producers: 1,
  topics: 1,
  window: 8,
  consumerWindow: null,
  rate: 0,
};
const with_ = (changes: Partial<RunSettings>): RunSettings => ({ ...SETTINGS, ...changes });

describe('settings', () => {
  it.each<[Partial<RunSettings>, string]>([
    [{ payloadSize: 15 }, '--payload-size'],
    [{ payloadSize: 8 * 1024 ** 2 + 1 }, '--payload-size'],
    [{ window: 16_385 }, '--window'],
    [{ batch: 9 }, '--batch 9 is more than --window 8'],
    [{ producers: 11 }, 'less than one for each'],
    [{ consumerWindow: 0 }, '--consumer-window'],
    [{ mode: 'mixed', topics: 1 }, '--mixed-topics'],
    [{ mode: 'mixed', topics: 257 }, '--mixed-topics'],
    [{ durationMs: 8 * 24 * 3_600_000 }, '--duration'],
    [{ subscribers: 0 }, '--subscribers'],
    [{ rate: 0.5 }, '--rate'],
  ])('%j are refused with the flag', (changes, said) => {
    expect(() => checkSettings(with_(changes))).toThrow(said);
  });

  it.each<Partial<RunSettings>>([
    { payloadSize: 16 },
    { payloadSize: 8 * 1024 ** 2 },
    { mode: 'mixed', topics: 256 },
    { durationMs: 1_000, producers: 11 },
  ])('%j are taken', (changes) => {
    expect(checkSettings(with_(changes))).toMatchObject(changes);
  });

  it('share messages out, the rest to the first', () => {
    expect(sharesOf({ messages: 11, producers: 3 })).toEqual([4, 4, 3]);
  });
});

describe('a mixed run', () => {
  it.each([2, 6, 8, 256])('of %i topics sends seven of ten to the first, and the others alike', (topics) => {
    const plan = topicPlan(workloadOf(with_({ mode: 'mixed', topics })));
    const counts = new Map<string, number>();
    for (const topic of plan) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    expect(counts.size).toBe(topics);
    expect((counts.get('bench.0') ?? 0) / plan.length).toBeCloseTo(0.7, 10);
    counts.delete('bench.0');
    expect(new Set(counts.values())).toEqual(new Set([3]));
  });

  it('has a queue for each topic, and the others have one for all', () => {
    expect(queuesOf(workloadOf(with_({ mode: 'mixed', topics: 3 })))).toEqual([
      { queue: 'bench-0', pattern: 'bench.0' },
      { queue: 'bench-1', pattern: 'bench.1' },
      { queue: 'bench-2', pattern: 'bench.2' },
    ]);
    expect(queuesOf(workloadOf(with_({ topics: 3 })))).toEqual([{ queue: 'bench', pattern: 'bench.>' }]);
  });
});

describe('flags', () => {
  it.each([
    [bytes, '100', 100],
    [bytes, '512B', 512],
    [bytes, '64KB', 65_536],
    [bytes, '8mb', 8_388_608],
    [duration, '500ms', 500],
    [duration, '20s', 20_000],
    [duration, '1.5m', 90_000],
    [duration, '4h', 14_400_000],
    [truth, 'true', true],
    [truth, 'false', false],
    [whole, '1000000', 1_000_000],
  ] as const)('are read: %o of %s', (read, text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each([
    [bytes, '12GB'],
    [bytes, ''],
    [bytes, 'KB'],
    [duration, '20'],
    [duration, '-1s'],
    [truth, 'yes'],
    [whole, '1e6'],
    [whole, '-1'],
  ] as const)('are refused: %o of %s', (read, text) => {
    expect(() => read(text)).toThrow('It must be');
  });

  it('collect settings of the broker', () => {
    expect(setting('PUB_FORM=frames', { A: 'b=c' })).toEqual({ A: 'b=c', PUB_FORM: 'frames' });
    expect(() => setting('nothing', {})).toThrow('NAME=value');
  });

  it('know classes and scenarios by their names', () => {
    expect([classBytes('small'), classBytes('medium'), classBytes('large')]).toEqual([512, 4_096, 65_536]);
    expect(() => classBytes('toString')).toThrow('small, medium, large');
    expect(scenarioOf('B')).toEqual({ payloadSize: 4_096, compress: true, topic: 'telemetry' });
    expect(() => scenarioOf('E')).toThrow('A, B, C, D');
  });
});

describe('how often arrivals are told', () => {
  it.each([1, 2, 16, 100, 255, 256, 1_000, 8_192, 16_384])(
    'with a window of %i it is before the producers of fanout stand still for want of it',
    (window) => {
      const workload = workloadOf(with_({ mode: 'fanout', window }));
      expect(tellEvery(workload)).toBeLessThanOrEqual(underWayMax(workload));
    },
  );

  it('is seldom where only windows bound what is under way', () => {
    expect(tellEvery(workloadOf(with_({ mode: 'direct-ack' })))).toBe(16_384);
  });
});
