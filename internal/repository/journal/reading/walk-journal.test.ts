// The files of a journal, read while it is written, trimmed, torn and damaged: what is told is what was written, in order,
// up to an end that leaves out nothing that was durable; and damage is never passed off as the end.

import { describe, expect, it } from 'vitest';
import { TachyonError } from '../../../../pkg/protocol/errors.ts';
import { JournalWorld } from '../../../testing/journal/journal-world.ts';
import { SimDisk } from '../../../testing/sim/sim-disk.ts';
import type { Disk } from '../../../usecase/ports/disk.ts';
import { SECTOR_BYTES, segmentName } from '../format/layout.ts';
import { segmentIds, type WalkedGroup, walkJournal } from './walk-journal.ts';

const SEGMENT_BYTES = 8_192;

const walk = (disk: Disk, wantsBlocks = () => true) => walkJournal({ disk, folder: 'data', wantsBlocks });

/** Groups with the blocks copied: they are valid for one step only. */
function* copied(groups: Iterable<WalkedGroup>): Generator<WalkedGroup> {
  for (const group of groups) yield { ...group, blocks: group.blocks === null ? null : Uint8Array.from(group.blocks) };
}

function begun(): JournalWorld {
  const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES });
  world.recover();
  return world;
}

/** What was told is what the book holds, without a hole; gives the last position. */
function compare(world: JournalWorld, groups: readonly WalkedGroup[], first = 1): number {
  let next = first;
  for (const { position, events, blocks } of groups) {
    expect(position).toBe(next);
    next += 1;
    const booked = world.book.get(position);
    expect(events.map(({ event }) => event)).toEqual(booked?.events ?? []);
    expect(Buffer.from(blocks ?? [])).toEqual(Buffer.from(booked?.bodies ?? []));
  }
  return next - 1;
}

/** The groups before the refusal, and the refusal. */
function refused(disk: Disk): { positions: number[]; error: unknown } {
  const positions: number[] = [];
  try {
    for (const { position } of walk(disk)) positions.push(position);
  } catch (error) {
    return { positions, error };
  }
  throw new Error('it was not refused');
}

const whole = (world: JournalWorld): SimDisk => SimDisk.fromSnapshot(world.disk.snapshot());

describe('a walk through the files', () => {
  it('tells nothing of a folder without a journal', () => {
    expect([...walk(new SimDisk())]).toEqual([]);
  });

  it('tells everything that was written, over segments', () => {
    const world = begun();
    for (let turn = 0; turn < 12; turn += 1) {
      world.append([[700, 300], [200]]);
      world.settle();
    }
    expect(segmentIds(world.disk).length).toBeGreaterThan(2);
    expect(compare(world, [...copied(walk(world.disk))])).toBeGreaterThanOrEqual(12);
  });

  it('tells at any moment of a write what was durable, and nothing that was not written', () => {
    const world = begun();
    for (let turn = 0; turn < 40; turn += 1) {
      world.append([[900], [turn * 7]]);
      for (let steps = turn % 5; steps > 0; steps -= 1) world.disk.step();
      expect(compare(world, [...copied(walk(world.disk))])).toBeGreaterThanOrEqual(world.promised);
      if (turn % 3 === 0) world.settle();
    }
  });

  it('goes on with what is written while it reads', () => {
    const world = begun();
    for (let turn = 0; turn < 4; turn += 1) {
      world.append([[500]]);
      world.settle();
    }
    const groups: WalkedGroup[] = [];
    for (const group of copied(walk(world.disk))) {
      groups.push(group);
      if (groups.length < 6) {
        world.append([[500]]);
        world.settle();
      }
    }
    expect(compare(world, groups)).toBeGreaterThan(4);
    expect(world.promised).toBeGreaterThanOrEqual(groups.length);
  });

  it('goes on behind what is trimmed while it reads', () => {
    const world = begun();
    for (let turn = 0; turn < 20; turn += 1) {
      world.append([[900]]);
      world.settle();
    }
    const groups = walk(world.disk);
    expect(groups.next().value).toMatchObject({ position: 1 });
    for (const position of [...world.live].slice(0, -2)) world.release(position);
    world.checkpoint();
    world.settle();
    const oldest = segmentIds(world.disk)[0] ?? 0;
    expect(oldest).toBeGreaterThan(2);
    const positions = [...groups].map(({ position }) => position);
    expect(positions.at(-1)).toBe(world.promised);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    // Begun anew it begins where the journal does now.
    expect([...walk(world.disk)][0]?.position).toBeGreaterThan(1);
  });

  it('takes a torn tail for the end', () => {
    const world = begun();
    world.append([[100]]);
    world.settle();
    const { promised } = world;
    world.append([[100]]);
    const disk = whole(world);
    disk.corrupt(segmentName(1), SECTOR_BYTES * (promised + 2), new Uint8Array(64).fill(0xee));
    expect([...walk(disk)].map(({ position }) => position)).toHaveLength(promised);
  });

  it('tells what is before damage in the last segment, and then the position', () => {
    const world = begun();
    for (let turn = 0; turn < 4; turn += 1) {
      world.append([[100]]);
      world.settle(0);
    }
    const disk = whole(world);
    disk.corrupt(segmentName(1), SECTOR_BYTES * 2, new Uint8Array(SECTOR_BYTES).fill(0xee));
    const { positions, error } = refused(disk);
    expect(positions).toEqual([1]);
    expect(error).toBeInstanceOf(TachyonError);
    expect(error).toMatchObject({ code: 'CORRUPT_JOURNAL', message: expect.stringContaining('position 2') });
  });

  it('does not take damage in a closed segment for the end, nor a segment that is missing for a trimmed one', () => {
    const world = begun();
    for (let turn = 0; turn < 20; turn += 1) {
      world.append([[900]]);
      world.settle();
    }
    const damaged = whole(world);
    damaged.corrupt(segmentName(2), SECTOR_BYTES, new Uint8Array(SECTOR_BYTES));
    const { positions, error } = refused(damaged);
    expect(positions.length).toBeGreaterThan(1);
    expect(error).toMatchObject({ message: expect.stringContaining(`position ${positions.length + 1}`) });
    const files = world.disk.snapshot();
    files.delete(segmentName(2));
    expect(refused(SimDisk.fromSnapshot(files)).error).toMatchObject({
      code: 'CORRUPT_JOURNAL',
      message: expect.stringContaining(`${segmentName(2)} is missing`),
    });
  });

  it('marks damaged blocks of durable groups, and tells their events and what is behind', () => {
    const world = begun();
    for (let turn = 0; turn < 20; turn += 1) {
      world.append([[900]]);
      world.settle();
    }
    const disk = whole(world);
    disk.corrupt(segmentName(1), SECTOR_BYTES * 2, new Uint8Array(8).fill(0xee));
    const groups = [...walk(disk)];
    expect(groups.filter(({ damaged }) => damaged)).toMatchObject([{ position: 1, blocks: null }]);
    expect(groups[0]?.events).toHaveLength(1);
    expect(groups.at(-1)?.position).toBe(world.promised);
    expect([...walk(disk, () => false)].some(({ damaged }) => damaged)).toBe(false);
  });
});
