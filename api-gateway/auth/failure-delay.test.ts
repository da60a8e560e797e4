// Guessing gets slow, honest use does not, and the tables stay small. Time is an argument.

import { describe, expect, it } from 'vitest';
import { FailureDelay, type Turn } from './failure-delay.ts';

const waits = (turn: Turn): number => ('waitMs' in turn ? turn.waitMs : Number.POSITIVE_INFINITY);

describe('FailureDelay', () => {
  it('lets the first few mistakes pass, then makes each further guess wait longer', () => {
    const delay = new FailureDelay();
    const seen: number[] = [];
    for (let nowMs = 0, guess = 0; guess < 10; guess += 1) {
      const waitMs = waits(delay.turn('1.2.3.4', `guess ${guess}`, nowMs));
      seen.push(waitMs);
      nowMs += waitMs;
      delay.failed('1.2.3.4', nowMs);
    }
    expect(seen.slice(0, 3)).toEqual([0, 0, 0]);
    expect(seen.slice(3)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('refuses guesses made at once beyond what can wait, and tells when to come again', () => {
    const delay = new FailureDelay();
    for (let i = 0; i < 10; i += 1) delay.failed('1.2.3.4', 0);
    const turns = Array.from({ length: 20 }, (_, i) => delay.turn('1.2.3.4', `guess ${i}`, 0));
    expect(turns.filter((turn) => 'waitMs' in turn).length).toBeLessThanOrEqual(2);
    expect(turns.at(-1)).toMatchObject({ retryAfterMs: expect.any(Number) });
  });

  it('does not make a token wait that was good from the same address', () => {
    const delay = new FailureDelay();
    delay.succeeded('1.2.3.4', 'good');
    for (let i = 0; i < 20; i += 1) delay.failed('1.2.3.4', 0);
    expect(delay.turn('1.2.3.4', 'good', 0)).toEqual({ waitMs: 0 });
    expect(waits(delay.turn('1.2.3.4', 'another', 0))).toBeGreaterThan(0);
  });

  it('counts each address for itself, and a whole IPv6 network as one', () => {
    const delay = new FailureDelay();
    for (let i = 0; i < 5; i += 1) delay.failed(`2001:db8:1:2::${i}`, 0);
    expect(waits(delay.turn('2001:db8:1:2:ffff::1', 'x', 0))).toBeGreaterThan(0);
    expect(waits(delay.turn('2001:db8:1:3::1', 'x', 0))).toBe(0);
    expect(waits(delay.turn('1.2.3.4', 'x', 0))).toBe(0);
  });

  it('forgets after a quiet time', () => {
    const delay = new FailureDelay();
    for (let i = 0; i < 9; i += 1) delay.failed('1.2.3.4', 0);
    expect(waits(delay.turn('1.2.3.4', 'x', 16 * 60_000))).toBe(0);
  });

  it('keeps a bounded number of addresses', () => {
    const delay = new FailureDelay();
    for (let i = 0; i < 12_000; i += 1) delay.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0);
    expect(delay.size).toBe(10_000);
  });
});
