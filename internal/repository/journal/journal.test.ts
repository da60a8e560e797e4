// The journal through its port, on a disk that completes in any order and in virtual time.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TachyonError } from '../../../pkg/protocol/errors.ts';
import { JournalWorld, messages, type WorldOptions } from '../../testing/journal/journal-world.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import type { JournalRoom } from '../../usecase/ports/journal.ts';
import { segmentName } from './format/layout.ts';

function started(options: WorldOptions = {}): JournalWorld {
  const world = new JournalWorld(options);
  world.recover();
  world.settle();
  return world;
}

test('what was durable is replayed and read back, byte for byte, over many segments', () => {
  const world = started();
  for (let i = 0; i < 100; i += 1) {
    world.append([[100, 200, i * 7 + 16], [40]], i % 3 === 0);
    if (i % 5 === 0) world.settle();
  }
  world.settle();
  expect(world.promised).toBe(world.journal.durable);
  expect(world.journal.stats.segments).toBeGreaterThan(5);
  world.verifyBodies();
  world.crash();
  world.recover();
  world.append([[10]]);
  world.settle();
  world.kill();
  world.recover();
  world.verifyBodies();
  expect(world.failures).toEqual([]);
});

test('any turns, any sizes: replay gives back the events with the placements that add gave', () => {
  const event = fc.array(fc.integer({ min: 16, max: 900 }), { maxLength: 4 });
  const turn = fc.tuple(fc.array(event, { minLength: 1, maxLength: 4 }), fc.boolean());
  const turns = fc.array(turn, { maxLength: 20 });
  fc.assert(
    fc.property(turns, fc.nat(), (script, seed) => {
      const world = started({ seed });
      for (const [events, urgent] of script) world.append(events, urgent);
      world.settle();
      expect(world.journal.durable).toBeGreaterThanOrEqual(world.book.size);
      world.verifyBodies();
      world.crash();
      world.recover();
    }),
    { numRuns: 60 },
  );
});

describe('groups', () => {
  test('a turn is one group; above the bound several, cut between events', () => {
    const world = started({ segmentBytes: 4 * 1024 * 1024 });
    expect(world.append([[100], [100], [100]])).toBe(1);
    const big = [200_000];
    expect(world.append([big, big, big, big, big])).toBe(4);
    expect(world.append([])).toBe(4);
    world.settle();
    world.verifyBodies();
  });

  test('a placement says where the first block stands', () => {
    const world = started();
    const { journal } = world;
    const block = new Uint8Array(100);
    expect(journal.add(messages(1, [100, 100]), [block, block], 5)).toEqual({ position: 1, offset: 0, timeMs: 5 });
    expect(journal.add(messages(3, [100]), [block], 5)).toEqual({ position: 1, offset: 200, timeMs: 5 });
    expect(journal.commit(true)).toBe(1);
    expect(journal.add(messages(4, [100]), [block], 6)).toEqual({ position: 2, offset: 0, timeMs: 6 });
  });

  test('an event that no segment could take is refused, and leaves the turn as it was', () => {
    const world = started({ segmentBytes: 8192 });
    const { journal } = world;
    journal.add(messages(1, [100]), [new Uint8Array(100)], 1);
    expect(() => journal.add(messages(2, [9000]), [new Uint8Array(9000)], 1)).toThrow(/fits a group/);
    expect(journal.add(messages(2, [100]), [new Uint8Array(100)], 1)).toMatchObject({ position: 1, offset: 100 });
    journal.commit(true);
    world.settle(0);
    expect(journal.durable).toBe(1);
  });

  test('a group larger than the small first segment goes to the next', () => {
    const world = started({ segmentBytes: 16 * 1024 * 1024 });
    world.append([[5 * 1024 * 1024]]);
    world.settle();
    world.verifyBodies();
    world.crash();
    world.recover();
    world.verifyBodies();
  });
});

describe('durability', () => {
  test('durable never moves inside add or commit', () => {
    const world = started();
    world.append([[100]]);
    expect(world.journal.durable).toBe(0);
    world.settle(0);
    expect(world.journal.durable).toBe(1);
  });

  test('turns that come while a sync runs share the next one', () => {
    const world = started();
    const { syncs } = world.journal.stats;
    for (let i = 0; i < 10; i += 1) world.append([[100]]);
    world.settle(0);
    expect(world.journal.durable).toBe(10);
    expect(world.journal.stats.syncs - syncs).toBe(2);
  });

  test('a commit that nobody waits for is synced within 5 ms', () => {
    const world = started();
    world.append([[100]], false);
    world.settle(4);
    expect(world.journal.durable).toBe(0);
    world.settle(1);
    expect(world.journal.durable).toBe(1);
  });

  test('it rides with an urgent one that comes earlier', () => {
    const world = started();
    world.append([[100]], false);
    world.append([[100]], true);
    world.settle(0);
    expect(world.journal.durable).toBe(2);
  });

  test('an idle journal brings its mark to disk within 50 ms, once', () => {
    const world = started();
    world.append([[100]]);
    world.settle(50);
    expect(world.journal.durable, 'the mark is a group of its own').toBe(2);
    const { operations } = world.disk;
    world.settle(60_000);
    expect(world.disk.operations).toBe(operations);
    expect(world.timers.waiting).toBe(0);
  });

  test('a journal that was only opened marks what it found, once', () => {
    const world = started();
    world.append([[100]]);
    world.settle(0);
    world.kill();
    world.recover();
    expect(world.journal.durable).toBe(1);
    world.settle(60_000);
    expect(world.journal.durable).toBe(2);
  });

  test('a failed sync is told once, and nothing is durable or written after it', () => {
    const world = started();
    world.append([[100]]);
    world.settle();
    world.disk.failSync(1);
    world.append([[100]]);
    world.settle();
    expect(world.failures).toHaveLength(1);
    expect((world.failures[0] as TachyonError).code).toBe('DISK_FAILED');
    const { operations } = world.disk;
    world.append([[100]]);
    world.settle(60_000);
    expect(world.journal.durable).toBe(2);
    expect(world.disk.operations).toBe(operations);
    expect(world.failures).toHaveLength(1);
  });
});

describe('room', () => {
  test('a segment size that is no multiple of a sector is rounded down', () => {
    const world = started({ segmentBytes: 16 * 1024 + 77 });
    expect(world.journal.stats.diskBytes).toBe(2 * 16 * 1024);
  });

  test('an empty journal is ready with a small segment, and prepares a full-size spare behind it', () => {
    const world = new JournalWorld({ segmentBytes: 32 * 1024 * 1024 });
    world.recover();
    world.append([[100]]);
    while (world.journal.durable === 0) world.disk.step();
    expect(world.disk.usedBytes).toBeLessThan(6 * 1024 * 1024);
    world.settle();
    expect(world.journal.stats.diskBytes).toBe((4 + 32) * 1024 * 1024);
    const { free, reserve } = world.journal.room();
    expect(reserve).toBe(9 * 1024 * 1024);
    expect(free).toBeGreaterThan(26 * 1024 * 1024);
  });

  test('a disk without room blocks preparing, is told, leaves the reserve, and heals', () => {
    const world = started({ segmentBytes: 64 * 1024 });
    const told: JournalRoom[] = [];
    world.journal.onRoom((room) => told.push(room));
    world.disk.capacityBytes = world.disk.usedBytes + 10_000;
    while (world.journal.room().free > 3000) {
      world.append([[2000]]);
      world.settle();
    }
    expect(world.journal.room().blocked).toBe('ENOSPC');
    expect(world.journal.room().reserve).toBeGreaterThan(10_000);
    expect(told.at(-1)?.blocked).toBe('ENOSPC');
    // Settlements still find room in the reserve.
    const before = world.journal.durable;
    for (let i = 0; i < 10; i += 1) world.append([[100]]);
    world.settle(0);
    expect(world.journal.durable).toBe(before + 10);
    expect(world.disk.listSync().filter((name) => name.endsWith('.preparing'))).toEqual([]);
    world.disk.capacityBytes = Number.POSITIVE_INFINITY;
    world.settle(2000);
    expect(world.journal.room().blocked).toBeNull();
    expect(world.journal.room().free).toBeGreaterThan(30_000);
    expect(told.at(-1)).toMatchObject({ blocked: null });
    expect(world.failures).toEqual([]);
    world.verifyBodies();
  });

  test('a journal that finds no room for its first segment waits for it', () => {
    const world = new JournalWorld({ disk: new SimDisk({ capacityBytes: 1000 }) });
    world.recover();
    world.append([[100]]);
    world.settle(5000);
    expect(world.journal.room()).toEqual({ free: 0, reserve: 0, blocked: 'ENOSPC' });
    expect(world.journal.durable).toBe(0);
    world.disk.capacityBytes = 1_000_000;
    world.settle(5000);
    expect(world.journal.durable).toBeGreaterThanOrEqual(1);
    world.verifyBodies();
  });

  test('what a crash left of a segment being prepared is removed', () => {
    const world = new JournalWorld();
    world.recover();
    world.disk.step();
    world.disk.step();
    world.kill();
    expect(world.disk.listSync()[0]).toMatch(/preparing$/);
    world.recover();
    world.settle();
    expect(world.disk.listSync()).toEqual([segmentName(1), segmentName(2)]);
  });
});
