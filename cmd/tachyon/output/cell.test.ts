// Cells of a table: people's units, and nothing that could drive a terminal.

import { describe, expect, it } from 'vitest';
import { bytes, cell, cut, duration, safe } from './cell.ts';

describe('a cell', () => {
  it.each([
    [null, '', '-'],
    ['', '', '-'],
    [[], '', '-'],
    [true, '', 'yes'],
    [['a', 'b'], '', 'a b'],
    [1234567, 'acked', '1,234,567'],
    [1234567, 'pid', '1234567'],
    [1234567, 'durable_position', '1234567'],
    [1234567, 'sequence', '1234567'],
    [1234567, 'job', '1234567'],
    [1536, 'bytes', '1.5 KiB'],
    [12, 'sync_p99_ms', '12 ms'],
    [65_000, 'uptime_ms', '1m 5s'],
    [{ a: 1 }, '', '{"a":1}'],
  ])('of %j (%s) is %j', (value, name, expected) => {
    expect(cell(value, name)).toBe(expected);
  });

  it('shows control characters, and obeys none', () => {
    expect(safe('a\u001b[2Jb\u0007\u009bc\u202Ed')).toBe('a\\u001b[2Jb\\u0007\\u009bc\\u202ed');
    expect(safe('plain ä 漢')).toBe('plain ä 漢');
  });

  it('that is too long says so, and no character is cut in half', () => {
    expect([cut('abcd', 4), cut('abcde', 4), cut('abcde'), cut('\u{1f600}\u{1f600}', 2)]).toEqual([
      'abcd',
      'abc…',
      'abcde',
      '\u{1f600}\u{1f600}',
    ]);
    expect(cut('\u{1f600}\u{1f600}\u{1f600}', 2)).toBe('\u{1f600}…');
  });

  it('rounds sizes and times', () => {
    expect([bytes(0), bytes(1023), bytes(1024 ** 3)]).toEqual(['0 B', '1023 B', '1.0 GiB']);
    expect([duration(999), duration(1_500), duration(3_660_000)]).toEqual(['999 ms', '1.5 s', '1h 1m']);
  });
});
