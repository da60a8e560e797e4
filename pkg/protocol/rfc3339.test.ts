// The calendar, against the platform's own.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTime, printTime, TIME_MS_MAX } from './rfc3339.ts';

it('prints every millisecond from 1970 to 9999 as the platform does, and reads it back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: TIME_MS_MAX }), (ms) => {
      expect(printTime(ms)).toBe(new Date(ms).toISOString());
      expect(parseTime(printTime(ms))).toBe(ms);
    }),
    { numRuns: 2000 },
  );
  expect(printTime(TIME_MS_MAX)).toBe('9999-12-31T23:59:59.999Z');
});

it.each([
  '2026-02-28T23:59:59Z',
  '2024-02-29T00:00:00.123456789+05:30',
  '0001-01-01T00:00:00Z',
  '1999-12-31T23:00:00-01:00',
])('reads %s as the platform does', (text) => {
  expect(parseTime(text)).toBe(Date.parse(text));
});

it.each([
  ['2026-01-02t03:04:05z', '2026-01-02T03:04:05Z'],
  ['2026-01-02t03:04:05.5+01:00', '2026-01-02T03:04:05.5+01:00'],
])('reads %s as %s: either case is allowed', (text, same) => {
  expect(parseTime(text)).toBe(Date.parse(same));
});

it.each([
  ['2026-01-01T00:00:00.0695Z', 69, 70],
  ['2026-01-01T00:00:00.069Z', 69, 69],
  ['2026-01-01T00:00:00.069000000Z', 69, 69],
  ['2026-01-01T00:00:00.000000001Z', 0, 1],
  ['2026-01-01T00:00:00.9999Z', 999, 1_000],
  ['2026-01-01T00:00:00.5Z', 500, 500],
])('takes %s to the millisecond that it lies in, or to the next one', (text, down, up) => {
  const secondMs = Date.parse('2026-01-01T00:00:00Z');
  expect([parseTime(text), parseTime(text, 'up')]).toEqual([secondMs + down, secondMs + up]);
});

it.each([
  '',
  'tomorrow',
  '2026-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:00',
])('refuses %j', (text) => {
  expect(parseTime(text)).toBeNull();
});
