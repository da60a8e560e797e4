// The breaker by a clock that the test holds, and under any sequence of what can happen to it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';

function world() {
  const clock = { nowMs: 0 };
  const breaker = new CircuitBreaker({
    failuresMax: 3,
    delayFirstMs: 100,
    delayLongestMs: 1000,
    nowMs: () => clock.nowMs,
  });
  const open = (): void => {
    for (let i = 0; i < 3; i += 1) breaker.failed();
  };
  return { clock, breaker, open };
}

describe('a breaker', () => {
  it('opens after failures in a row, and no success between them is forgotten', () => {
    const { breaker } = world();
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    breaker.failed();
    expect(breaker.ask()).toBe('use');
    breaker.failed();
    expect([breaker.state, breaker.ask(), breaker.retryAfterMs]).toEqual(['open', 'refuse', 100]);
  });

  it('lets one probe out when its time has come, and closes when that succeeds', () => {
    const { clock, breaker, open } = world();
    open();
    clock.nowMs = 99;
    expect(breaker.ask()).toBe('refuse');
    clock.nowMs = 100;
    expect([breaker.ask(), breaker.ask(), breaker.ask()]).toEqual(['probe', 'refuse', 'refuse']);
    breaker.succeeded();
    expect([breaker.state, breaker.ask()]).toEqual(['closed', 'use']);
  });

  it('waits twice as long after each probe that fails, to a bound, and anew after a success', () => {
    const { clock, breaker, open } = world();
    open();
    const delays: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      delays.push(breaker.retryAfterMs);
      clock.nowMs += breaker.retryAfterMs;
      expect(breaker.ask()).toBe('probe');
      breaker.failed();
    }
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
    clock.nowMs += 1000;
    expect(breaker.ask()).toBe('probe');
    breaker.succeeded();
    open();
    expect(breaker.retryAfterMs).toBe(100);
  });

  it('is not moved by late answers while it is open', () => {
    const { breaker, open } = world();
    open();
    breaker.succeeded();
    breaker.failed();
    expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 100]);
  });

  it('never has two probes out, and always has a way back', () => {
    const step = fc.oneof(fc.constantFrom('ask', 'failed', 'succeeded'), fc.integer({ min: 1, max: 2000 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { clock, breaker } = world();
        let probes = 0;
        for (const one of steps) {
          if (typeof one === 'number') clock.nowMs += one;
          else if (one === 'ask') {
            if (breaker.ask() === 'probe') probes += 1;
          } else {
            breaker[one as 'failed' | 'succeeded']();
            probes = 0;
          }
          expect(probes).toBeLessThanOrEqual(1);
          if (breaker.state === 'closed') expect(probes).toBe(0);
        }
        if (breaker.state === 'half-open') breaker.failed();
        clock.nowMs += 1000;
        if (breaker.state === 'open') expect(breaker.ask()).toBe('probe');
        else expect(breaker.ask()).toBe('use');
      }),
    );
  });
});
