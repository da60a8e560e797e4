// How durations and times on the command line are read, and what is none.

import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import { duration, time } from './options.ts';

it.each([
  ['500ms', 500],
  ['20s', 20_000],
  ['1.5m', 90_000],
  ['4h', 14_400_000],
  ['7d', 604_800_000],
  ['0s', 0],
])('a duration of %s is %i milliseconds', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

it.each(['', '20', '-1s', '1e3s', '5 s', '1w', '1h30m', 's'])('%j is no duration', (text) => {
  expect(() => duration(text)).toThrow(InvalidArgumentError);
});

it('a time is one moment, in whichever zone it is written', () => {
  expect(time('2026-01-02T15:04:05Z')).toBe(Date.parse('2026-01-02T15:04:05Z'));
  expect(time('2026-01-02T16:04:05+01:00')).toBe(time('2026-01-02T15:04:05Z'));
});

it.each(['', 'tomorrow', '2026-01-02', '15:04', '2026-02-30T00:00:00Z', '1767366245000'])('%j is no time', (text) => {
  expect(() => time(text)).toThrow(InvalidArgumentError);
});
