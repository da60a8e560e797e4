// The operator's own bound on the disk: reached, it says so; it heals when dead segments go.

import { expect, test } from 'vitest';
import { asPosition } from '../../domain/ids.ts';
import { JournalWorld } from '../../testing/journal/journal-world.ts';

test('at DISK_BYTES_MAX no further segment is prepared, and it goes on when old ones are gone', () => {
  const segmentBytes = 64 * 1024;
  const world = new JournalWorld({ segmentBytes, diskBytesMax: 4 * segmentBytes });
  world.recover();
  world.settle(2_000);
  const positions: number[] = [];
  while (world.journal.room().blocked === null) {
    positions.push(world.append([[2_000]]));
    world.settle();
  }
  expect(world.journal.room().blocked).toBe('DISK_BYTES_MAX');
  expect(world.journal.stats.diskBytes).toBeLessThanOrEqual(4 * segmentBytes);
  for (const position of positions) world.release(position);
  world.journal.trim(asPosition(world.journal.durable));
  world.settle(5_000);
  expect(world.journal.room().blocked).toBeNull();
  expect(world.journal.room().free).toBeGreaterThan(0);
});

test('what DISK_BYTES_MAX keeps from publishes is there for settlements, and never more', () => {
  const segmentBytes = 64 * 1024;
  const bound = 6 * segmentBytes;
  const world = new JournalWorld({ segmentBytes, diskBytesMax: bound });
  world.recover();
  world.settle(2_000);
  while (world.journal.room().blocked === null) {
    world.append([[2_000]]);
    world.settle();
  }
  expect(world.journal.stats.diskBytes).toBe(4 * segmentBytes);
  expect(world.journal.room()).toMatchObject({ free: 0 });
  for (const used = world.journal.stats.bytes; world.journal.stats.bytes < used + 2 * segmentBytes; ) {
    world.append([[2_000]]);
    world.settle();
  }
  expect(world.journal.stats.diskBytes).toBe(bound);
  expect(world.journal.room()).toMatchObject({ free: 0, blocked: 'DISK_BYTES_MAX' });
});
