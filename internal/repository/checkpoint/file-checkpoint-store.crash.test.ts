// Power is lost at every operation of writing a checkpoint, under many seeds; afterwards the newest that was confirmed,
// or the one under way, is loaded whole. The same judge must find disks that lie about a sync.

import { describe, expect, test } from 'vitest';
import { asPosition, type Position } from '../../domain/ids.ts';
import { type Lie, LyingDisk } from '../../testing/faults/lying-disk.ts';
import { Random } from '../../testing/sim/random.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import type { Disk } from '../../usecase/ports/disk.ts';
import { checkpointName } from './checkpoint-format.ts';
import { FileCheckpointStore } from './file-checkpoint-store.ts';

const SEEDS = 60;
const POSITIONS = [3, 5, 9, 14];

const contentOf = (position: number, seed: number): Uint8Array => new Random(position * 1000 + seed).bytes(5000);

/** Writes the checkpoints one after the other; gives the last confirmed, and what may be trimmed below. */
function writeAll(
  sim: SimDisk,
  disk: Disk,
  seed: number,
): { readonly confirmed: number; readonly trimBelow: Position } {
  const store = new FileCheckpointStore(disk, { sliceBytes: 2048 });
  let last = { confirmed: 0, trimBelow: asPosition(0) };
  const next = ([position, ...rest]: readonly number[]): void => {
    if (position === undefined) return;
    store.write(asPosition(position), position, [contentOf(position, seed)], (error, trimBelow) => {
      if (error !== null) throw error;
      last = { confirmed: position, trimBelow };
      next(rest);
    });
  };
  store.load();
  next(POSITIONS);
  sim.settle();
  return last;
}

/** What is wrong after power loss at operation `crashAt`, in words; null when the promise held. */
function judge(seed: number, crashAt: number, disguise: (sim: SimDisk) => Disk): string | null {
  const sim = new SimDisk({ seed, tornSectors: true });
  sim.crashAt(crashAt);
  const { confirmed, trimBelow } = writeAll(sim, disguise(sim), seed);
  expect(sim.crashed).toBe(true);
  sim.crash(new Random(seed * 7919 + crashAt));
  const { checkpoint, damaged } = new FileCheckpointStore(sim).load();
  const position = checkpoint?.position ?? 0;
  const underWay = POSITIONS.find((each) => each > confirmed);
  if (position !== confirmed && position !== underWay) return `confirmed ${confirmed}, loaded ${position}`;
  if (damaged.length > 0) return `damaged: ${damaged.join()}`;
  if (checkpoint !== null && Buffer.compare(checkpoint.bytes, contentOf(position, seed)) !== 0) return 'other bytes';
  // Without the newest, the one before can still be started from, and the journal reaches back to it.
  if (checkpoint === null || trimBelow === 0) return null;
  sim.removeSync(checkpointName(checkpoint.position));
  const before = new FileCheckpointStore(sim).load().checkpoint?.position ?? 0;
  return before >= trimBelow ? null : `trimmed below ${trimBelow}, but the generation before is ${before}`;
}

function violations(disguise: (sim: SimDisk) => Disk): string[] {
  const found: string[] = [];
  const whole = new SimDisk();
  expect(writeAll(whole, disguise(whole), 0).confirmed).toBe(POSITIONS.at(-1));
  for (let crashAt = 1; crashAt <= whole.operations; crashAt += 1) {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const violation = judge(seed, crashAt, disguise);
      if (violation !== null) found.push(`operation ${crashAt}, seed ${seed}: ${violation}`);
    }
  }
  return found;
}

test('power loss at any operation leaves the confirmed checkpoint or the one under way, whole', () => {
  expect(violations((sim) => sim)).toEqual([]);
});

describe('the same judge finds', () => {
  test.each<Lie>(['file sync', 'folder sync'])('a skipped %s', (lie) => {
    expect(violations((sim) => new LyingDisk(sim, lie)).length).toBeGreaterThan(10);
  });
});

test('a process killed at any operation loses no confirmed checkpoint, and neither does power loss after the next', () => {
  const whole = new SimDisk();
  writeAll(whole, whole, 0);
  for (let crashAt = 1; crashAt <= whole.operations; crashAt += 1) {
    const sim = new SimDisk({ seed: crashAt });
    sim.crashAt(crashAt);
    const { confirmed } = writeAll(sim, sim, 1);
    sim.kill();
    const store = new FileCheckpointStore(sim);
    const loaded = store.load().checkpoint?.position ?? 0;
    expect(loaded).toBeGreaterThanOrEqual(confirmed);
    let trimBelow: Position | null = null;
    store.write(asPosition(20), 20, [contentOf(20, 1)], (_error, below) => (trimBelow = below));
    sim.settle();
    expect(trimBelow).toBe(loaded);
    sim.crash();
    expect(new FileCheckpointStore(sim).load()).toMatchObject({ checkpoint: { position: 20 }, damaged: [] });
  }
});
