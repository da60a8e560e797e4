// The figures of the benchmark are what they say: percentiles, machine line, usage.

import { describe, expect, it } from 'vitest';
import { ArrivalBook } from './arrival-book.ts';
import { machineMs } from './clock.ts';
import { Histogram } from './histogram.ts';
import { BodyMaker, readStamp, STAMP_BYTES } from './stamped-body.ts';

describe('a histogram', () => {
  it('tells percentiles within 2 % of the true ones', () => {
    const histogram = new Histogram();
    for (let us = 1; us <= 100_000; us += 1) histogram.record(us / 1e3);
    const { p50Ms, p99Ms, p999Ms, maxMs } = histogram.percentiles();
    expect(Math.abs(p50Ms - 50) / 50).toBeLessThan(0.02);
    expect(Math.abs(p99Ms - 99) / 99).toBeLessThan(0.02);
    expect(Math.abs(p999Ms - 99.9) / 99.9).toBeLessThan(0.02);
    expect(maxMs).toBe(100);
  });

  it('is exact where latencies are small, and survives those that never end', () => {
    const histogram = new Histogram();
    histogram.record(0.007);
    expect(histogram.percentiles().p50Ms).toBe(0.007);
    histogram.record(1e12);
    expect(histogram.percentiles().maxMs).toBe(1e12);
  });

  it('adds up over processes', () => {
    const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()];
    for (const [histogram, ms] of [
      [one, 1],
      [other, 300],
    ] as const) {
      histogram.record(ms);
      both.record(ms);
    }
    const sum = new Histogram(one.counts(), 1);
    sum.add(other.counts(), 300);
    expect(sum.percentiles()).toEqual(both.percentiles());
    expect(sum.total).toBe(2);
  });

  it('of nothing is nothing', () => {
    expect(new Histogram().percentiles()).toEqual({ p50Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 });
  });
});

describe('the books', () => {
  it('count what came once, what came again and what nobody sent', () => {
    const book = new ArrivalBook([3, 2]);
    expect([book.note(0, 2), book.note(0, 2), book.note(1, 1), book.note(1, 2), book.note(2, 0)]).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(book).toMatchObject({ distinct: 2, duplicated: 1, unexpected: 2 });
  });

  it('recognise a body by its stamp', () => {
    const body = new BodyMaker(7, 100).make(123_456, 5.25);
    expect(body).toHaveLength(100);
    expect(readStamp(body)).toEqual({ publishedAtMs: 5.25, producer: 7, index: 123_456 });
    expect(readStamp(body.subarray(0, STAMP_BYTES - 1))).toBeNull();
  });
});

it('the machine clock is that of the machine, not of the process', () => {
  const [seconds, nanoseconds] = process.hrtime();
  expect(Math.abs(machineMs() - (seconds * 1e3 + nanoseconds / 1e6))).toBeLessThan(100);
});
