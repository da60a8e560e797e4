// Frames of `tachyon top`: the deepest queues first, rates between two looks, and no more rows than there is room.

import { describe, expect, it } from 'vitest';
import { frameOf, type Look } from './top-frame.ts';

const queue = (name: string, ready: number, more: object = {}) => ({
  queue: name,
  tenant_id: '',
  ready,
  leased: 0,
  waiting_retry: 0,
  dead_letters: 0,
  consumers: 1,
  oldest_unacked_ms: null,
  ...more,
});

const look = (atMs: number, published: number, ...queues: readonly ReturnType<typeof queue>[]): Look => ({
  atMs,
  status: { uptime_ms: 61_000, depth: 5, dead_letters: 0, counters: { published, acked: 0 }, oldest_unacked_ms: 1_500 },
  queues,
});

const options = { rowsMax: 10, bold: (text: string) => text };
const rowsOf = (frame: string): readonly string[] => frame.trimEnd().split('\n').slice(4);

describe('a frame', () => {
  it('shows the deepest queue first, whichever way its messages wait', () => {
    const rows = rowsOf(frameOf(look(0, 0, queue('a', 1), queue('c', 0, { leased: 9 }), queue('b', 1)), null, options));
    expect(rows.map((row) => row.split(/ +/).slice(0, 2))).toEqual([
      ['c', '9'],
      ['a', '1'],
      ['b', '1'],
    ]);
  });

  it('tells rates from the second look on', () => {
    const first = look(1_000, 100, queue('a', 10));
    expect(frameOf(first, null, options)).toMatch(/published -\/s/);
    const second = frameOf(look(3_000, 300, queue('a', 4), queue('new', 1)), first, options);
    expect(second).toMatch(/published 100\/s/);
    expect(rowsOf(second).map((row) => row.split(/ +/).at(-1))).toEqual(['-3', '0']);
  });

  it('says how many queues it leaves out, and lets no name drive the terminal', () => {
    const frame = frameOf(look(0, 0, queue('\u001b[2J', 3), queue('b', 2), queue('c', 1)), null, {
      ...options,
      rowsMax: 1,
    });
    expect(rowsOf(frame)).toEqual([expect.stringContaining('\\u001b[2J'), '… and 2 more']);
    expect(frame).not.toContain('\u001b');
  });
});
