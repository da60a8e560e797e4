// Where live messages stand, from rows that come in the journal's order and may come again.

import { describe, expect, it } from 'vitest';
import { LiveRows } from './live-rows.ts';

const drained = (rows: LiveRows): number[][] => {
  const seen: number[][] = [];
  rows.drain((...row) => seen.push(row));
  return seen;
};

describe('the rows of live messages', () => {
  it('keep what lives and leave out what is gone', () => {
    const rows = new LiveRows([2, 3, 5, 5]);
    for (const sequence of [1, 2, 3, 4, 5, 6]) rows.offer(sequence, 10, sequence * 100, 100, 1_000);
    expect(drained(rows).map(([sequence]) => sequence)).toEqual([2, 3, 5]);
  });

  it('give a relocated message once, in its order, at its last place', () => {
    const rows = new LiveRows([1, 3]);
    rows.offer(1, 10, 0, 100, 1_000);
    rows.offer(2, 10, 100, 100, 1_000);
    rows.offer(3, 11, 0, 100, 1_000);
    rows.offer(1, 12, 40, 100, 1_000);
    rows.offer(1, 13, 80, 100, 1_000);
    expect(drained(rows)).toEqual([
      [1, 13, 80, 100, 1_000],
      [2, 10, 100, 100, 1_000],
      [3, 11, 0, 100, 1_000],
    ]);
  });

  it('find their order again where a first place is gone with its segment', () => {
    const rows = new LiveRows([2, 3, 7, 8]);
    for (const sequence of [3, 8]) rows.offer(sequence, 20, sequence, 100, 1_000);
    rows.offer(7, 21, 0, 100, 900);
    rows.offer(2, 22, 0, 100, 500);
    rows.offer(7, 23, 0, 100, 900);
    rows.offer(5, 24, 0, 100, 700);
    expect(drained(rows)).toEqual([
      [2, 22, 0, 100, 500],
      [3, 20, 3, 100, 1_000],
      [7, 23, 0, 100, 900],
      [8, 20, 8, 100, 1_000],
    ]);
    expect([...rows.table.runs()]).toEqual([
      [2, 3],
      [7, 8],
    ]);
    rows.table.checkInvariants();
  });

  it('refuse a checkpoint whose live message no segment knows', () => {
    const rows = new LiveRows([1, 2]);
    rows.offer(1, 10, 0, 100, 1_000);
    expect(() => drained(rows)).toThrow(/CORRUPT_JOURNAL/);
  });

  it('hold more rows than they began with room for', () => {
    const rows = new LiveRows([1, 10_000]);
    for (let sequence = 1; sequence <= 10_000; sequence += 1) rows.offer(sequence, sequence, 0, 1, 0);
    expect(drained(rows)).toHaveLength(10_000);
  });
});
