// A picture shows the figures it was given: in place, in order, and as well-formed text.

import { describe, expect, it } from 'vitest';
import { figuresOf, latencies } from '../../../../internal/testing/fixtures/bench-figures.ts';
import { judgeStep } from '../../measure/step-verdict.ts';
import { countLabel, linearAxis, logAxis, msLabel } from './axes.ts';
import { chartSvg, placeOf } from './chart.ts';
import { latencyPlot } from './latency-plot.ts';
import { stepPlot } from './step-plot.ts';

/** Every element that opens closes. */
function wellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, closing, name = '', alone] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (closing === '/') {
      if (open.pop() !== name) return false;
    } else if (alone !== '/') open.push(name);
  }
  return open.length === 0;
}

describe('an axis', () => {
  it('of logarithms reaches around its values, and gives each decade the same width', () => {
    const axis = logAxis('latency', [0.3, 40], msLabel);
    expect([axis.from, axis.to]).toEqual([0.2, 50]);
    expect(placeOf(axis, 2) - placeOf(axis, 0.2)).toBeCloseTo(placeOf(axis, 20) - placeOf(axis, 2), 10);
    expect([placeOf(axis, 0.2), placeOf(axis, 50)]).toEqual([0, 1]);
  });

  it('has something to show also of nothing and of one value', () => {
    for (const values of [[], [0], [7]]) {
      const axis = logAxis('latency', values, msLabel);
      expect(axis.to).toBeGreaterThan(axis.from);
      expect(axis.ticks.length).toBeGreaterThan(0);
    }
  });

  it('counts from nothing in steps that people count in', () => {
    const { ticks, to } = linearAxis('msg/s', 46_000, countLabel);
    expect(ticks.map(({ label }) => label)).toEqual(['0', '10k', '20k', '30k', '40k', '50k']);
    expect(to).toBe(50_000);
  });

  it.each([
    [0.05, '50 µs'],
    [1.5, '1.5 ms'],
    [2_000, '2 s'],
  ])('writes %d ms as %s', (ms, label) => expect(msLabel(ms)).toBe(label));
});

describe('a picture', () => {
  it('escapes what it is told', () => {
    const axis = linearAxis('a < b', 1, String);
    const svg = chartSvg({ title: '<script>&', subtitle: '"', footer: '>', x: axis, y: axis, series: [] });
    expect(svg).toContain('&lt;script&gt;&amp;');
    expect(svg).not.toContain('<script>');
    expect(wellFormed(svg)).toBe(true);
  });

  it('of latencies has a line for confirms and one for consumers', () => {
    const svg = latencyPlot(figuresOf({ producer: { confirms: latencies(1, 2, 3, 40) } }));
    expect(wellFormed(svg)).toBe(true);
    for (const words of ['publish to confirm', 'publish to consumer', '512 B', '100 msg/s'])
      expect(svg).toContain(words);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('of a step load marks each step, and those that were not kept by hollow points', () => {
    const steps = [100, 5_000].map((rate) => judgeStep(rate, figuresOf(), Number.POSITIVE_INFINITY));
    const svg = stepPlot(steps);
    expect(wellFormed(svg)).toBe(true);
    expect(svg.match(/<circle /g)).toHaveLength(2 * 3);
    expect(svg.match(/<circle [^>]*fill="#ffffff"/g)).toHaveLength(3);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});
