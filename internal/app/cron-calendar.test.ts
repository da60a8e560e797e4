// When expressions fire, in zones whose clocks jump: the rules that docs/delivery.md states.

import { describe, expect, it } from 'vitest';
import { cronCalendar } from './cron-calendar.ts';

const calendar = cronCalendar();

function fires(expression: string, timezone: string, from: string, count: number): readonly string[] {
  const times: string[] = [];
  let at: number | null = Date.parse(from);
  while (times.length < count && at !== null) {
    at = calendar.nextFire({ expression, timezone }, at);
    if (at !== null) times.push(new Date(at).toISOString().slice(0, 16));
  }
  return times;
}

describe('a cron expression', () => {
  it.each([
    ['*/5 * * * *', 'UTC', ['2026-06-01T12:05', '2026-06-01T12:10']],
    ['0 9 * * 1-5', 'Europe/Berlin', ['2026-06-02T07:00', '2026-06-03T07:00']],
    ['@daily', 'America/New_York', ['2026-06-02T04:00', '2026-06-03T04:00']],
    ['0 0 13 * 5', 'UTC', ['2026-06-05T00:00', '2026-06-12T00:00', '2026-06-13T00:00']],
    ['0 0 L * *', 'UTC', ['2026-06-30T00:00']],
    ['0 0 29 2 *', 'UTC', ['2028-02-29T00:00']],
  ])('%s in %s fires behind the first of June at noon as it says', (expression, timezone, times) => {
    expect(fires(expression, timezone, '2026-06-01T12:00:00Z', times.length)).toEqual(times);
  });

  it('with six fields begins with seconds, and fires every second at most', () => {
    const spec = { expression: '* * * * * *', timezone: 'UTC' };
    expect(calendar.fault(spec)).toBeNull();
    expect(calendar.nextFire(spec, 1_500)).toBe(2_000);
    expect(calendar.nextFire(spec, 2_000)).toBe(3_000);
  });

  it('whose time the clock skips fires at the first moment behind the gap', () => {
    expect(fires('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
  });

  it('whose time the clock shows twice fires the first time', () => {
    expect(fires('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('that fires every so often goes on through gap and overlap', () => {
    expect(fires('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', 4)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
    ]);
    expect(fires('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 3)).toEqual([
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
    ]);
  });

  it.each([
    ['', 'UTC'],
    ['* * * *', 'UTC'],
    ['* * * * * * 2027', 'UTC'],
    ['2027-01-01T00:00:00', 'UTC'],
    ['@reboot', 'UTC'],
    ['60 * * * *', 'UTC'],
    ['a b c d e', 'UTC'],
    ['* * * * *', 'Europe/Nowhere'],
    ['* * * * *', ''],
  ])('%j in %j is none', (expression, timezone) => {
    expect(calendar.fault({ expression, timezone })).toEqual(expect.any(String));
  });

  it('that never fires has no next time', () => {
    expect(calendar.nextFire({ expression: '0 0 30 2 *', timezone: 'UTC' }, 0)).toBeNull();
  });
});
