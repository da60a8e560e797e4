// The in-memory twin keeps the promises of the port that memory can keep.

import { expect, test } from 'vitest';
import { asPosition } from '../../domain/ids.ts';
import { messages } from '../../testing/journal/journal-world.ts';
import { ManualTimers } from '../../testing/journal/manual-timers.ts';
import type { JournalRoom } from '../../usecase/ports/journal.ts';
import { MemoryJournal } from './memory-journal.ts';

function started(bytesMax = 100_000): { readonly journal: MemoryJournal; readonly timers: ManualTimers } {
  const timers = new ManualTimers();
  return { journal: new MemoryJournal({ timers, bytesMax }), timers };
}

const block = (fill: number, length = 100): Uint8Array => new Uint8Array(length).fill(fill);

test('a turn is durable one tick later, never inside commit', () => {
  const { journal, timers } = started();
  const told: number[] = [];
  journal.onDurable((position) => told.push(position));
  expect(journal.add(messages(1, [100, 100]), [block(1), block(2)], 5)).toEqual({ position: 1, offset: 0, timeMs: 5 });
  expect(journal.add(messages(3, [100]), [block(3)], 6)).toEqual({ position: 1, offset: 200, timeMs: 5 });
  expect(journal.commit(true)).toBe(1);
  expect(journal.commit(true)).toBe(1);
  expect(told).toEqual([]);
  expect(journal.durable).toBe(0);
  timers.ring();
  expect(told).toEqual([1]);
  expect(journal.durable).toBe(1);
  expect(timers.waiting).toBe(0);
});

test('bodies stay as long as something live needs them, and are copies', () => {
  const { journal, timers } = started();
  const mine = block(7);
  journal.add(messages(1, [100]), [mine], 0);
  journal.retain(asPosition(1), 100);
  journal.retain(asPosition(1), 100);
  journal.commit(false);
  timers.ring();
  mine.fill(0);
  expect(journal.recent(asPosition(1))).toEqual(block(7));
  journal.release(asPosition(1), 100);
  expect(journal.recent(asPosition(1))).toEqual(block(7));
  journal.release(asPosition(1), 100);
  expect(journal.recent(asPosition(1))).toBeUndefined();
  expect(journal.stats.liveBytes).toBe(0);
});

test('a group without live bodies goes when it is durable', () => {
  const { journal, timers } = started();
  journal.add({ type: 'started', epoch: 1 }, [], 0);
  journal.commit(true);
  expect(journal.recent(asPosition(1))).toEqual(new Uint8Array(0));
  timers.ring();
  expect(journal.recent(asPosition(1))).toBeUndefined();
});

test('reads complete later, with neighbours, or with an error', () => {
  const { journal, timers } = started();
  for (let i = 1; i <= 3; i += 1) {
    journal.add(messages(i, [100]), [block(i)], 0);
    journal.retain(asPosition(i), 100);
    journal.commit(true);
  }
  timers.ring();
  const seen: (readonly number[])[] = [];
  const errors: (Error | null)[] = [];
  const note = (from: number, bytes: number): void =>
    journal.read(asPosition(from), bytes, (error, groups) => {
      errors.push(error);
      seen.push(groups.map(({ position }) => position));
    });
  note(1, 200);
  note(3, 1);
  note(9, 1);
  expect(seen).toEqual([]);
  while (timers.ring());
  expect(seen).toEqual([[1, 2], [3], []]);
  expect(errors[2]?.message).toContain('position 9');
});

test('memory has a bound: it is told when it is reached, and when room returns', () => {
  const { journal, timers } = started(1600);
  const told: JournalRoom[] = [];
  journal.onRoom((room) => told.push(room));
  journal.add(messages(1, [1500]), [block(1, 1500)], 0);
  journal.retain(asPosition(1), 1500);
  journal.commit(true);
  timers.ring();
  expect(journal.room()).toEqual({ free: 0, reserve: 100, blocked: null });
  journal.release(asPosition(1), 1500);
  timers.ring();
  expect(told.map(({ free }) => free)).toEqual([0, 1500]);
});

test('close waits for the last turn', () => {
  const { journal, timers } = started();
  journal.add(messages(1, [100]), [block(1)], 0);
  const results: (Error | null)[] = [];
  journal.close((error) => results.push(error));
  expect(results).toEqual([]);
  while (timers.ring());
  expect(results).toEqual([null]);
  expect(journal.durable).toBe(1);
});
