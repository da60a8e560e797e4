// A step is kept when what was due was consumed, whole and in time; the rate kept is the last before the first failure.

import { describe, expect, it } from 'vitest';
import { figuresOf, latencies } from '../../../internal/testing/fixtures/bench-figures.ts';
import { judgeStep, keptUpTo, ratesOf } from './step-verdict.ts';

const FOR_EVER = Number.POSITIVE_INFINITY;
const consumed = (perSecond: number) => figuresOf({ consumer: { receivedInTime: perSecond * 10 } });

describe('a step', () => {
  it.each([
    [100, 100, true],
    [100, 97, true],
    [100, 96, false],
    [100, 130, true],
  ])('of %i msg/s of which %i were consumed is kept: %s', (rate, perSecond, kept) => {
    expect(judgeStep(rate, consumed(perSecond), FOR_EVER).kept).toBe(kept);
  });

  it('says by how much it fell behind', () => {
    expect(judgeStep(200, consumed(100), FOR_EVER).why).toBe('behind: 100 of 200 msg/s were consumed');
  });

  it('that lost a message is not kept, however fast it was', () => {
    const figures = figuresOf({ consumer: { received: 999 } });
    expect(judgeStep(100, figures, FOR_EVER)).toMatchObject({ kept: false, why: '1 messages are missing' });
  });

  it('that left out what was due is not kept, though what was published was consumed', () => {
    const figures = figuresOf({ producer: { leftOut: 40 } });
    expect(judgeStep(100, figures, FOR_EVER)).toMatchObject({ kept: false, why: 'behind: 40 messages found no room' });
    expect(judgeStep(100, figuresOf({ producer: { leftOut: 20 } }), FOR_EVER).kept).toBe(true);
  });

  it('that was slower than allowed is not kept', () => {
    const figures = figuresOf({ consumer: { arrivals: latencies(...Array(98).fill(1), 50, 50) } });
    expect(judgeStep(100, figures, 60).kept).toBe(true);
    expect(judgeStep(100, figures, 40)).toMatchObject({ kept: false, why: expect.stringContaining('p99 50.0 ms') });
  });
});

describe('a step load', () => {
  const step = (rate: number, kept: boolean) => ({ rate, kept, why: null, figures: figuresOf() });

  it.each([
    [[true, true, true], 3_000],
    [[true, false, true], 1_000],
    [[false, true], 0],
    [[], 0],
  ])('with steps kept %j keeps up to %i msg/s', (kept, rate) => {
    expect(keptUpTo(kept.map((each, at) => step((at + 1) * 1_000, each)))).toBe(rate);
  });

  it('ends with the last rate, also where the steps do not meet it', () => {
    expect(ratesOf(1_000, 1_000, 3_000)).toEqual([1_000, 2_000, 3_000]);
    expect(ratesOf(1_000, 1_500, 3_000)).toEqual([1_000, 2_500, 3_000]);
    expect(ratesOf(5, 1, 5)).toEqual([5]);
  });
});
