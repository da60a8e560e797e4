// Broker time follows forward steps, never goes back, and begins no earlier than the journal ended.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokerTime } from './broker-time.ts';

const aClock = (wall: number, monotonic = 500) => {
  const at = { wall, monotonic };
  return { at, wallMs: () => at.wall, monotonicMs: () => at.monotonic };
};

describe('BrokerTime', () => {
  it('begins at the later of the wall clock and the last time written', () => {
    expect(new BrokerTime(aClock(10_000), 4_000).nowMs()).toBe(10_000);
    expect(new BrokerTime(aClock(10_000), 14_000).nowMs()).toBe(14_000);
  });

  it('follows a forward step of the wall clock, and tells its length', () => {
    const clock = aClock(10_000);
    const time = new BrokerTime(clock, 0);
    clock.at.monotonic += 100;
    clock.at.wall += 3_600_100;
    expect(time.nowMs()).toBe(10_100);
    expect(time.followStep()).toBe(3_600_000);
    expect(time.nowMs()).toBe(3_610_100);
    expect(time.followStep()).toBe(0);
  });

  it('never goes back, whatever the wall clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5_000), fc.integer({ min: -1e7, max: 1e7 }))), (moves) => {
        const clock = aClock(1_000_000);
        const time = new BrokerTime(clock, 0);
        let last = time.nowMs();
        for (const [passed, step] of moves) {
          clock.at.monotonic += passed;
          clock.at.wall += passed + step;
          time.followStep();
          const now = time.nowMs();
          expect(now).toBeGreaterThanOrEqual(last);
          expect(Number.isInteger(now)).toBe(true);
          last = now;
        }
      }),
    );
  });
});
