// The journal through its port, once groups are durable: reading them back, letting them go, and the end. Last, the same
// on a real disk.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TachyonError } from '../../../pkg/protocol/errors.ts';
import { asPosition, NO_POSITION, type Position } from '../../domain/ids.ts';
import { JournalWorld, messages, type WorldOptions } from '../../testing/journal/journal-world.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import type { GroupBodies, Journal } from '../../usecase/ports/journal.ts';
import { NodeDisk } from '../disk/node-disk.ts';
import { segmentName } from './format/layout.ts';
import type { JournalOptions } from './journal-options.ts';
import { openJournal } from './open-journal.ts';

function started(options: WorldOptions = {}): JournalWorld {
  const world = new JournalWorld(options);
  world.recover();
  world.settle();
  return world;
}

interface ReadResult {
  readonly error: Error | null;
  readonly positions: readonly number[];
}

function read(world: JournalWorld, from: number, bytes = 1): ReadResult {
  let result: ReadResult | null = null;
  world.journal.read(asPosition(from), bytes, (error: Error | null, groups: readonly GroupBodies[]) => {
    result = { error, positions: groups.map((group) => group.position) };
  });
  expect(result, 'a read completes later').toBeNull();
  world.settle(0);
  return result as unknown as ReadResult;
}

describe('reading', () => {
  test('recent groups are at hand, older ones on disk; both are the same bytes', () => {
    const world = started({ tailCacheBytes: 4096 });
    for (let i = 0; i < 20; i += 1) world.append([[500]]);
    expect(world.journal.recent(asPosition(1)), 'not durable yet, so it must be').toBeDefined();
    world.settle();
    expect(world.journal.recent(asPosition(1))).toBeUndefined();
    const last = asPosition(20);
    expect(Buffer.from(world.journal.recent(last) ?? [])).toEqual(world.book.get(last)?.bodies);
    world.verifyBodies();
  });

  test('one read brings neighbours', () => {
    const world = started();
    for (let i = 0; i < 10; i += 1) world.append([[500]]);
    world.settle();
    expect(read(world, 3).positions).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('what is not durable yet is read from memory', () => {
    const world = started();
    world.append([[500]]);
    expect(read(world, 1)).toEqual({ error: null, positions: [1] });
  });

  test('a position that is not there is an error', () => {
    expect(read(started(), 9).error?.message).toContain('position 9');
  });

  test('a damaged group is an error that names file and offset, never wrong bytes', () => {
    const world = started();
    for (let i = 0; i < 3; i += 1) {
      world.append([[500]]);
      world.settle(0);
    }
    world.disk.corrupt(segmentName(1), 512 + 1024 + 300, Uint8Array.of(1, 2, 3));
    const { error } = read(world, 1);
    expect((error as TachyonError).code).toBe('CORRUPT_JOURNAL');
    expect(error?.message).toContain(`${segmentName(1)}, byte 1536`);
    expect(read(world, 3).positions).toContain(3);
  });

  test('a read that the disk refuses is an error', () => {
    const world = started({ tailCacheBytes: 0 });
    world.append([[500]]);
    world.settle();
    world.disk.failRead(1);
    expect(read(world, 1).error?.message).toContain('EIO');
  });
});

describe('trimming', () => {
  function withDeadSegments(): JournalWorld {
    const world = started();
    for (let i = 0; i < 60; i += 1) world.append([[1000]]);
    world.settle();
    for (const position of world.live) if (position < 50) world.release(position);
    world.append([[10]]);
    world.settle();
    return world;
  }

  test('dead segments go below a checkpoint, live ones stay', () => {
    const world = withDeadSegments();
    const before = world.journal.stats.segments;
    world.checkpoint();
    world.settle();
    expect(world.journal.stats.segments).toBeLessThan(before - 2);
    expect(world.journal.stats.segments).toBe(world.disk.listSync().length);
    expect(world.journal.liveFloor()).toBeLessThan(50);
    world.verifyBodies();
    world.crash();
    world.recover();
    world.verifyBodies();
  });

  test('a segment that is being read goes when the read is done', () => {
    const world = withDeadSegments();
    let result: Error | null | undefined;
    world.journal.read(asPosition(1), 1, (error) => {
      result = error;
    });
    world.checkpoint();
    expect(world.disk.listSync()).toContain(segmentName(1));
    world.settle();
    expect(result).toBeNull();
    expect(world.disk.listSync()).not.toContain(segmentName(1));
  });

  test('a removal that fails is tried again', () => {
    const world = withDeadSegments();
    world.disk.failNextWith('EBUSY');
    world.checkpoint();
    world.settle(500);
    expect(world.disk.listSync()).toContain(segmentName(1));
    world.settle(1500);
    expect(world.disk.listSync()).not.toContain(segmentName(1));
    expect(world.failures).toEqual([]);
  });
});

describe('closing', () => {
  function closed(world: JournalWorld): Error | null | undefined {
    let result: Error | null | undefined;
    world.journal.close((error) => {
      result = error;
    });
    expect(result).toBeUndefined();
    world.settle();
    return result;
  }

  test('everything appended is durable and marked', () => {
    const world = started();
    world.append([[100]], false);
    expect(closed(world)).toBeNull();
    expect(world.journal.durable).toBe(2);
    expect(world.timers.waiting).toBe(0);
    world.crash();
    world.recover();
  });

  test('an empty journal closes', () => {
    expect(closed(started())).toBeNull();
  });

  test('a failed journal says so', () => {
    const world = started();
    world.disk.failSync(1);
    world.append([[100]]);
    expect((closed(world) as TachyonError).code).toBe('DISK_FAILED');
  });

  test('what found no room is said', () => {
    const world = new JournalWorld({ disk: new SimDisk({ capacityBytes: 1000 }) });
    world.recover();
    world.append([[100]]);
    expect((closed(world) as TachyonError).code).toBe('STORAGE_FULL');
  });
});

describe('on a real disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tachyon-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const options = (): JournalOptions => ({
    disk: new NodeDisk(folder),
    timers: {
      after: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => clearTimeout(timer);
      },
    },
    salt: () => 12345,
    segmentBytes: 64 * 1024,
    tailCacheBytes: 0,
    retryMs: 10,
  });

  const durable = (journal: Journal, position: Position): Promise<void> =>
    new Promise((resolve) => journal.onDurable((now) => now >= position && resolve()));
  const closed = (journal: Journal): Promise<Error | null> => new Promise((resolve) => journal.close(resolve));
  const bodiesFrom = (journal: Journal, from: Position): Promise<readonly GroupBodies[]> =>
    new Promise((resolve, reject) =>
      journal.read(from, 1, (error, groups) => (error === null ? resolve(groups) : reject(error))),
    );

  test('groups over several segments are there after closing and opening', async () => {
    const journal = openJournal(options()).start();
    let last = NO_POSITION;
    for (let i = 1; i <= 20; i += 1) {
      journal.add(messages(i, [10_000]), [new Uint8Array(10_000).fill(i)], i);
      last = journal.commit(true);
    }
    await durable(journal, last);
    expect(await closed(journal)).toBeNull();

    const opened = openJournal(options());
    const events: unknown[] = [];
    opened.replay(NO_POSITION, (group) => events.push(...group.events.map(({ event }) => event)));
    expect(events).toEqual(Array.from({ length: 20 }, (_, i) => messages(i + 1, [10_000])));
    const again = opened.start();
    const seen: number[] = [];
    while (seen.length < 20) {
      const groups = await bodiesFrom(again, asPosition(seen.length + 1));
      for (const { bodies } of groups) if (bodies.length > 0) seen.push(bodies[0] as number);
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(await closed(again)).toBeNull();
  });
});
