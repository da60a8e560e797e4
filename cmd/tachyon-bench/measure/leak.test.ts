// Memory leaks when it grows for long and by much; a process that warms up, breathes or was watched shortly does not.

import { describe, expect, it } from 'vitest';
import { judgeMemory, type MemorySample } from './leak.ts';

const MIB = 1024 ** 2;
const MINUTE = 60_000;
const samples = (minutes: number, bytesAt: (minute: number) => number): MemorySample[] =>
  Array.from({ length: minutes + 1 }, (_, minute) => ({ atMs: minute * MINUTE, bytes: bytesAt(minute) }));

const judged = (of: readonly MemorySample[]) => judgeMemory(of, 16 * MIB, 16 * MIB);

describe('a process', () => {
  it('that grows steadily leaks, and how fast is told', () => {
    const { verdict, bytesPerHour, grownBytes } = judged(samples(120, (minute) => 100 * MIB + minute * MIB));
    expect(verdict).toBe('leak');
    expect(bytesPerHour).toBe(60 * MIB);
    expect(grownBytes).toBe(90 * MIB);
  });

  it('that fills its caches first and then stays is steady', () => {
    expect(judged(samples(120, (minute) => 100 * MIB + Math.min(minute, 25) * 8 * MIB)).verdict).toBe('steady');
  });

  it('that breathes with its collections is steady', () => {
    expect(judged(samples(120, (minute) => (100 + (minute % 7) * 5) * MIB)).verdict).toBe('steady');
  });

  it('that grows by less than a collection leaves is steady, however steep that is for an hour', () => {
    const { verdict, bytesPerHour } = judged(samples(20, (minute) => 100 * MIB + minute * 0.5 * MIB));
    expect(bytesPerHour).toBeGreaterThan(16 * MIB);
    expect(verdict).toBe('steady');
  });

  it.each([0, 1, 5, 12])('that was watched for %i minutes is not judged', (minutes) => {
    expect(judged(samples(minutes, (minute) => minute * 100 * MIB)).verdict).toBe('too short');
  });

  it('that nobody looked at has no slope', () => {
    expect(judged([])).toEqual({ bytesPerHour: null, grownBytes: 0, verdict: 'too short' });
  });
});
