// Overload: levels rise at once and fall after a hold, the lowest classes go first, and what settles always passes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aBroker,
  ack,
  type BrokerFixture,
  effectsOf,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { DEFAULT_PRIORITIES } from '../class-turns.ts';
import type { Command } from '../command.ts';
import { DEFAULT_OVERLOAD, LEVELS, NOT_LOADED, type Overload, type OverloadPolicy } from '../overload.ts';
import { NO_QUOTAS, UNBOUNDED } from '../quotas.ts';
import { classesShed, nextOverload, rankOf } from './shedding.ts';

const at = (before: Overload, pressure: number, nowMs: number): Overload =>
  nextOverload(before, [{ name: 'backlog', pressure }], 5_000, nowMs);

const loaded = (over: Partial<OverloadPolicy> = {}): BrokerFixture => {
  const broker = aBroker({
    limits: {
      quotas: { ...NO_QUOTAS, all: { ...UNBOUNDED, ingress: 100 } },
      overload: { ...DEFAULT_OVERLOAD, refuses: true, ...over },
    },
  });
  broker.declare('q');
  return broker;
};

const LOAD: Command = { type: 'load', memoryBytes: 0, lagMs: 0 };

const taken = (broker: BrokerFixture, priority: string | undefined, count = 1): number => {
  const before = broker.state.counters.published;
  broker.run(
    publish({
      of: Array.from({ length: count }, () => ({
        topic: 'q',
        ...(priority === undefined ? {} : { traits: { priority, lane: 0 } }),
      })),
    }),
  );
  return broker.state.counters.published - before;
};

describe('a level', () => {
  it('rises at once, as far as the pressure asks', () => {
    expect([0, 0.74, 0.75, 1, 1.75, 9].map((pressure) => at(NOT_LOADED, pressure, 0).level)).toEqual([
      'normal',
      'normal',
      'busy',
      'shedding',
      'emergency',
      'emergency',
    ]);
  });

  it('falls one by one, each after a hold below its edge, and not where the pressure is only just below', () => {
    const emergency = at(NOT_LOADED, 2, 0);
    expect(at(emergency, 1.7, 60_000).level).toBe('emergency');
    let now = at(emergency, 0, 1_000);
    const levels: string[] = [];
    for (let ms = 2_000; ms <= 20_000; ms += 1_000) {
      now = at(now, 0, ms);
      levels.push(now.level);
    }
    expect([...new Set(levels)]).toEqual(['emergency', 'shedding', 'busy', 'normal']);
    expect(levels.indexOf('shedding')).toBe(4);
  });

  it('never changes more often than the hold allows, whatever the pressure does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 2.5, noNaN: true }), { minLength: 50, maxLength: 200 }),
        (pressures) => {
          let now = NOT_LOADED;
          let falls = 0;
          for (const [step, pressure] of pressures.entries()) {
            const before = now;
            now = at(now, pressure, step * 500);
            if (LEVELS.indexOf(now.level) < LEVELS.indexOf(before.level)) falls += 1;
          }
          expect(falls).toBeLessThanOrEqual((pressures.length * 500) / 5_000);
        },
      ),
      { seed: 3 },
    );
  });
});

describe('classes', () => {
  it('are shed from the last one on, and the first only in the emergency', () => {
    const counts = [1, 1.25, 1.5, 1.74, 1.75].map((pressure) => classesShed(at(NOT_LOADED, pressure, 0), 4, true));
    expect(counts).toEqual([1, 2, 3, 3, 4]);
    expect(classesShed(at(NOT_LOADED, 1.5, 0), 4, false)).toBe(0);
    expect(classesShed(at(NOT_LOADED, 1.5, 0), 1, true)).toBe(0);
  });

  it('are read as they are written, in any case; what says nothing is normal', () => {
    const ranks = ['urgent', 'HIGH', 'Low', '', 'unknown'].map((word) => rankOf(DEFAULT_PRIORITIES, word));
    expect(ranks).toEqual([0, 1, 3, 2, 2]);
  });
});

describe('an overloaded broker', () => {
  it('refuses the lowest class first, later the others, and takes what settles even in the emergency', () => {
    const broker = loaded();
    broker.run(register({ queue: 'q', windowMessages: 200 }));
    expect(taken(broker, 'low', 82)).toBe(82);
    broker.run(LOAD);
    expect(broker.state.overload).toMatchObject({ level: 'shedding', signal: 'backlog' });
    expect([taken(broker, 'low'), taken(broker, undefined), taken(broker, 'urgent')]).toEqual([0, 1, 1]);
    const [refusal] = effectsOf(broker.left, 'published').flatMap(({ refusals }) => refusals);
    expect(refusal).toMatchObject({ code: 'OVERLOADED', retryAfterMs: 1_000 });
    taken(broker, 'urgent', 14);
    broker.run(LOAD);
    expect(broker.state.overload.level).toBe('emergency');
    expect(taken(broker, 'urgent')).toBe(0);
    broker.run(
      ack(
        peer(10),
        received(broker.left).map(({ delivery }) => delivery),
      ),
    );
    expect(broker.queue('q').depth).toBe(0);
    for (let n = 0; n < 40; n += 1) {
      broker.nowMs += 1_000;
      broker.run(LOAD);
    }
    expect(broker.state.overload.level).toBe('normal');
    expect(taken(broker, 'low')).toBe(1);
  });

  it('that is told to refuse nothing only shows its level', () => {
    const broker = loaded({ refuses: false });
    taken(broker, 'low', 99);
    broker.run(LOAD);
    expect(broker.state.overload.level).toBe('emergency');
    expect(taken(broker, 'low')).toBe(1);
  });

  it.each([
    ['memory', { memoryBytes: 900, lagMs: 0 }, 'shedding'],
    ['lag', { memoryBytes: 0, lagMs: 4_500 }, 'emergency'],
    ['lag', { memoryBytes: 0, lagMs: 800 }, 'busy'],
  ] as const)('knows the signal %s', (signal, measured, level) => {
    const broker = loaded({ memoryBytes: 1_000 });
    broker.run({ type: 'load', ...measured });
    expect(broker.state.overload).toMatchObject({ level, signal });
  });

  it('keeps what is left of a full disk for the higher classes', () => {
    const broker = loaded();
    broker.journal.setRoom(10_000, 1_000_000);
    broker.run();
    broker.run(LOAD);
    expect([taken(broker, 'low'), taken(broker, 'normal')]).toEqual([0, 1]);
  });
});
