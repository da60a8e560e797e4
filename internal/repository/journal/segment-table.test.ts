// The table of segments, and its book of live bytes, by itself: what may be trimmed, what is worth moving, and that
// moving keeps disk use bounded.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asPosition } from '../../domain/ids.ts';
import { Segment } from './segment.ts';
import { SegmentTable } from './segment-table.ts';

const SEGMENT_BYTES = 64 * 1024;

function table(): SegmentTable {
  const first = new Segment(1, SEGMENT_BYTES, 1, 'ready', 1);
  return new SegmentTable([first], 0, 0, SEGMENT_BYTES, () => 1);
}

/** Segments before the tail count as written and synced. */
function seal(on: SegmentTable): void {
  for (const segment of on.segments) if (segment.id < on.tail.id) segment.phase = 'sealed';
}

test('every position finds its segment, over any sizes of groups', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 300 }), (sectors) => {
      const on = table();
      const placed = sectors.map((count) => on.place(count * 512, 10));
      for (const { position, segment, offset } of placed) {
        expect(on.find(position)).toBe(segment);
        expect(segment.offsetOf(position)).toBe(offset);
      }
      expect(on.find(0)).toBeUndefined();
      expect(on.find(sectors.length + 1)).toBeUndefined();
    }),
  );
});

test('live bytes of the group that is being built move into its segment', () => {
  const on = table();
  on.retain(1, 100);
  on.retain(1, 50);
  on.release(1, 50);
  const { segment } = on.place(512, 10);
  expect(segment.liveBytes).toBe(100);
  expect(segment.liveEntries).toBe(1);
  expect(on.liveBytes).toBe(100);
});

test('a segment goes when it is dead, and not before everything in it is below the line', () => {
  const on = table();
  on.retain(1, 100);
  while (on.tail.id === 1) on.place(4096, 10);
  on.place(4096, 10);
  seal(on);
  const last = on.segments[0]?.last ?? 0;
  expect(on.trimmable(last, on.last)).toBeNull();
  on.release(1, 100);
  expect(on.trimmable(last - 1, on.last)).toBeNull();
  expect(on.trimmable(last, on.last)?.id).toBe(1);
});

test('the last segment with groups stays: positions go on from it', () => {
  const on = table();
  while (on.tail.id === 1) on.place(4096, 10);
  seal(on);
  const last = on.segments[0]?.last ?? 0;
  expect(on.trimmable(last, last)).toBeNull();
  expect(on.trimmable(last + 1, last + 1)?.id).toBe(1);
});

test('a segment that is being read stays', () => {
  const on = table();
  while (on.tail.id === 1) on.place(4096, 10);
  seal(on);
  const [oldest] = on.segments;
  if (oldest === undefined) throw new Error('there is a segment');
  oldest.pins = 1;
  expect(on.trimmable(on.last, on.last)).toBeNull();
  oldest.pins = 0;
  expect(on.trimmable(on.last, on.last)).toBe(oldest);
});

test('the live floor is what ends before the oldest segment that is needed', () => {
  const on = table();
  expect(on.liveFloor()).toBe(0);
  while (on.tail.id < 4) on.place(4096, 10);
  seal(on);
  const [first, second] = on.segments as [Segment, Segment];
  expect(on.liveFloor()).toBe((on.segments[2] as Segment).last);
  on.retain(second.first, 10);
  expect(on.liveFloor()).toBe(first.last);
});

/** A broker's life: messages of `bytes` come in groups, all but one in `oneIn` go at once; what `sparse` names moves. */
function diskUse(bytes: number, oneIn: number, messages: number): { readonly worst: number; readonly moved: number } {
  const on = table();
  const live = new Map<number, number>();
  let worst = 0;
  let moved = 0;
  const group: number[] = [];
  const append = (count: number): void => {
    const { position } = on.place(Math.ceil((64 + count * (bytes + 12)) / 512) * 512, count * 12);
    live.set(position, (live.get(position) ?? 0) + count);
    for (let i = 0; i < count; i += 1) on.retain(position, bytes);
  };
  const release = (position: number): void => {
    on.release(position, bytes);
    const left = (live.get(position) ?? 0) - 1;
    if (left === 0) live.delete(position);
    else live.set(position, left);
  };
  for (let message = 0; message < messages; message += 20) {
    append(20);
    const position = on.last;
    for (let i = 0; i < 20; i += 1) if ((message + i) % oneIn !== 0) release(position);
    seal(on);
    for (let range = on.sparse(null); range !== null; range = on.sparse(null)) {
      group.length = 0;
      for (const [at, count] of live)
        if (at >= range.first && at <= range.last) for (let i = 0; i < count; i += 1) group.push(at);
      for (let i = 0; i < group.length; i += 100) append(Math.min(100, group.length - i));
      for (const at of group) release(at);
      moved += group.length;
      seal(on);
    }
    while (on.trimmable(on.last, on.last) !== null) on.shift();
    const used = on.segments.length * SEGMENT_BYTES - 4 * SEGMENT_BYTES;
    worst = Math.max(worst, used / Math.max(1, on.liveBytes));
  }
  return { worst, moved };
}

test.each([
  [1000, 2],
  [1000, 10],
  [1000, 100],
  [1000, 1000],
  [300, 10],
])('disk use stays under 3x live bytes and 4 segments: messages of %i B, one in %i stays', (bytes, oneIn) => {
  const messages = 20_000;
  const { worst, moved } = diskUse(bytes, oneIn, messages);
  expect(worst).toBeLessThan(3);
  // And moving costs less than what comes in.
  expect(moved).toBeLessThan(messages);
});

test('nothing is moved while everything is live', () => {
  expect(diskUse(1000, 1, 2000).moved).toBe(0);
});

test('a release of what the journal does not hold is a broken assumption', () => {
  const on = table();
  on.place(512, 10);
  expect(() => on.release(asPosition(0), 1)).toThrow(/stands in the journal/);
});
