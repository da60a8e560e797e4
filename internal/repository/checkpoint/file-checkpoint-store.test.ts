// What a checkpoint store promises while nothing loses power: two generations, whole or reported, errors told and
// outlived. Power loss is the crash suite's.

import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { asPosition, type Position } from '../../domain/ids.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import { checkpointName, HEADER_BYTES } from './checkpoint-format.ts';
import { FileCheckpointStore } from './file-checkpoint-store.ts';

const at = (n: number): Position => asPosition(n);
const contentOf = (position: number): Uint8Array => new Uint8Array(3000).map((_byte, index) => position + index);

interface Written {
  readonly error: Error | null;
  readonly trimBelow: Position;
}

function write(disk: SimDisk, store: FileCheckpointStore, position: number): Written {
  let written: Written | null = null;
  store.write(
    at(position),
    position * 1000,
    [contentOf(position)],
    (error, trimBelow) => (written = { error, trimBelow }),
  );
  disk.settle();
  expect(written).not.toBeNull();
  return written as unknown as Written;
}

function loaded(disk: SimDisk): FileCheckpointStore {
  const store = new FileCheckpointStore(disk, { sliceBytes: 1024 });
  store.load();
  return store;
}

/** A disk with checkpoints written at these positions, one after the other. */
function diskWith(...positions: readonly number[]): SimDisk {
  const disk = new SimDisk();
  const store = loaded(disk);
  for (const position of positions) expect(write(disk, store, position).error).toBeNull();
  return disk;
}

/** Changes header fields and makes the header's CRC right again. */
function rewriteHeader(disk: SimDisk, name: string, change: (view: DataView) => void): void {
  const file = disk.openSync(name, 'read');
  const header = new Uint8Array(HEADER_BYTES);
  file.readSync(header, 0);
  const view = new DataView(header.buffer);
  change(view);
  view.setUint32(60, crc32(header.subarray(0, 60)), true);
  disk.corrupt(name, 0, header);
}

/** What is on disk beside the room that is booked for the next. */
const checkpointsOn = (disk: SimDisk): string[] => disk.listSync().filter((name) => name !== 'checkpoint.spare');

test('an empty folder has no checkpoint', () => {
  expect(new FileCheckpointStore(new SimDisk()).load()).toEqual({ checkpoint: null, damaged: [] });
});

test('the newest checkpoint is given back, byte for byte', () => {
  const { checkpoint } = new FileCheckpointStore(diskWith(5, 9)).load();
  expect(checkpoint).toEqual({ position: 9, timeMs: 9000, bytes: contentOf(9) });
});

test('parts of any size become one content', () => {
  const disk = new SimDisk();
  const store = new FileCheckpointStore(disk, { sliceBytes: 7 });
  store.load();
  const parts = [0, 1, 6, 7, 8, 30, 0].map((length, index) => new Uint8Array(length).fill(index));
  let error: Error | null = new Error('not called');
  store.write(at(1), 1, parts, (reported) => (error = reported));
  disk.settle();
  expect(error).toBeNull();
  expect(store.load().checkpoint?.bytes).toEqual(new Uint8Array(parts.flatMap((part) => [...part])));
});

test('a checkpoint without content is a checkpoint', () => {
  const disk = new SimDisk();
  const store = loaded(disk);
  store.write(at(1), 7, [], () => undefined);
  disk.settle();
  expect(store.load().checkpoint).toEqual({ position: 1, timeMs: 7, bytes: new Uint8Array(0) });
});

test('two generations remain, and the older bounds what may be trimmed', () => {
  const disk = new SimDisk();
  const store = loaded(disk);
  expect(write(disk, store, 3)).toEqual({ error: null, trimBelow: 0 });
  expect(write(disk, store, 5)).toEqual({ error: null, trimBelow: 3 });
  expect(write(disk, store, 9)).toEqual({ error: null, trimBelow: 5 });
  expect(checkpointsOn(disk)).toEqual([checkpointName(at(5)), checkpointName(at(9))]);
});

test('after a restart the checkpoint that was loaded is the older generation', () => {
  const disk = diskWith(3, 5);
  expect(write(disk, loaded(disk), 9)).toEqual({ error: null, trimBelow: 5 });
});

test('a second checkpoint of the same position takes nothing away', () => {
  const disk = diskWith(3, 5);
  expect(write(disk, loaded(disk), 5)).toEqual({ error: null, trimBelow: 0 });
  const store = loaded(disk);
  write(disk, store, 9);
  expect(write(disk, store, 9)).toEqual({ error: null, trimBelow: 5 });
  expect(checkpointsOn(disk)).toEqual([checkpointName(at(5)), checkpointName(at(9))]);
});

test('damage to any byte of the newest is reported and the older one loaded', () => {
  const name = checkpointName(at(9));
  const size = HEADER_BYTES + contentOf(9).length;
  const snapshot = diskWith(5, 9).snapshot();
  for (let offset = 0; offset < size; offset += offset < 70 ? 1 : 97) {
    const disk = SimDisk.fromSnapshot(snapshot);
    const original = snapshot.get(name)?.[offset] ?? 0;
    disk.corrupt(name, offset, new Uint8Array([original ^ 0x10]));
    const { checkpoint, damaged } = new FileCheckpointStore(disk).load();
    expect({ offset, position: checkpoint?.position, damaged }).toEqual({ offset, position: 5, damaged: [name] });
  }
});

test.each([
  ['empty', 0],
  ['shorter than a header', 40],
  ['without its last byte', HEADER_BYTES + 2999],
])('a file that is %s counts as damaged', (_how, size) => {
  const disk = diskWith(5, 9);
  disk.openSync(checkpointName(at(9)), 'readwrite').truncateSync(size);
  const { checkpoint, damaged } = new FileCheckpointStore(disk).load();
  expect([checkpoint?.position, damaged]).toEqual([5, [checkpointName(at(9))]]);
});

test('a checkpoint under the name of another counts as damaged', () => {
  const disk = diskWith(5, 9);
  disk.renameSync(checkpointName(at(9)), checkpointName(at(11)));
  expect(new FileCheckpointStore(disk).load().checkpoint?.position).toBe(5);
});

test('a sector that cannot be read is damage, other errors are not', () => {
  const disk = diskWith(5, 9);
  disk.failRead(2, 'EIO');
  expect(new FileCheckpointStore(disk).load().checkpoint?.position).toBe(5);
  disk.failRead(2, 'EMFILE');
  expect(() => new FileCheckpointStore(disk).load()).toThrow(expect.objectContaining({ code: 'EMFILE' }));
});

test('after damage the next checkpoint replaces the damaged file and keeps the one that was loaded', () => {
  const disk = diskWith(5, 9);
  disk.corrupt(checkpointName(at(9)), 100, new Uint8Array([1, 2, 3]));
  expect(write(disk, loaded(disk), 12)).toEqual({ error: null, trimBelow: 5 });
  expect(checkpointsOn(disk)).toEqual([checkpointName(at(5)), checkpointName(at(12))]);
});

test('a newer format is refused, not taken for damage', () => {
  const disk = diskWith(5, 9);
  rewriteHeader(disk, checkpointName(at(9)), (view) => view.setUint16(4, 2, true));
  expect(() => new FileCheckpointStore(disk).load()).toThrow(expect.objectContaining({ code: 'FORMAT_TOO_NEW' }));
});

test('a version that only a flipped bit made is damage: the checkpoint before it is used', () => {
  for (let bit = 0; bit < 16; bit += 1) {
    const disk = diskWith(5, 9);
    const name = checkpointName(at(9));
    const [low, high] = (disk.snapshot().get(name) as Uint8Array).subarray(4, 6);
    const flipped = ((low as number) | ((high as number) << 8)) ^ (1 << bit);
    disk.corrupt(name, 4, Uint8Array.of(flipped & 0xff, flipped >> 8));
    expect(new FileCheckpointStore(disk).load()).toMatchObject({ checkpoint: { position: 5 }, damaged: [name] });
  }
});

test('the format is these bytes', () => {
  const disk = new SimDisk();
  const store = loaded(disk);
  store.write(at(0x0102), 3, [new Uint8Array([0xaa, 0xbb])], () => undefined);
  disk.settle();
  const bytes = disk.snapshot().get('00000000000000000258.checkpoint') ?? new Uint8Array();
  const parts = [
    '54434b50 0100 0000',
    '0000000000207040 0000000000000840 0000000000000040',
    '982c8249',
    '00'.repeat(24),
    'df03ce3f',
    'aabb',
  ];
  expect(Buffer.from(bytes).toString('hex')).toBe(parts.join('').replaceAll(' ', ''));
});

test('what an interrupted write left is removed at start', () => {
  const disk = diskWith(5);
  disk.createSync('checkpoint.tmp').writeSync(contentOf(1), 0);
  expect(new FileCheckpointStore(disk).load().checkpoint?.position).toBe(5);
  expect(checkpointsOn(disk)).toEqual([checkpointName(at(5))]);
});

test('files of other kinds are left alone', () => {
  const disk = diskWith(5);
  for (const name of ['5.checkpoint', '00000000000000000001.segment', 'notes']) disk.createSync(name);
  const store = loaded(disk);
  write(disk, store, 7);
  write(disk, store, 9);
  expect(disk.listSync()).toEqual(expect.arrayContaining(['5.checkpoint', '00000000000000000001.segment', 'notes']));
});

test('whichever operation fails, the error is told, the last checkpoint stays, and the next write succeeds', () => {
  const snapshot = diskWith(3, 5).snapshot();
  const clean = SimDisk.fromSnapshot(snapshot);
  expect(write(clean, loaded(clean), 9).error).toBeNull();
  const errors: boolean[] = [];
  for (let nth = 1; nth <= clean.operations; nth += 1) {
    const disk = SimDisk.fromSnapshot(snapshot, { seed: nth });
    const store = loaded(disk);
    disk.failNextWith('ENOSPC', nth);
    const { error, trimBelow } = write(disk, store, 9);
    errors.push(error !== null);
    const newest = new FileCheckpointStore(disk).load().checkpoint?.position;
    if (error === null) {
      expect([newest, trimBelow]).toEqual([9, 5]);
    } else {
      expect([error, trimBelow]).toEqual([expect.objectContaining({ code: 'ENOSPC' }), 0]);
      expect([5, 9]).toContain(newest);
    }
    expect(write(disk, store, 12)).toEqual({ error: null, trimBelow: error === null ? 9 : 5 });
    expect(new FileCheckpointStore(disk).load()).toEqual({
      checkpoint: { position: 12, timeMs: 12000, bytes: contentOf(12) },
      damaged: [],
    });
    expect(checkpointsOn(disk).length).toBe(2);
  }
  // Creating, three slices, header, sync, rename and folder sync fail the write; neither removing the oldest nor booking
  // room for the next one does.
  expect(errors.slice(0, 8)).toEqual([true, true, true, true, true, true, true, true]);
  expect(errors.slice(8).some(Boolean)).toBe(false);
});

test('a full disk can still be checkpointed: the room was booked when there was some', () => {
  const disk = diskWith(5);
  disk.capacityBytes = disk.usedBytes;
  const store = loaded(disk);
  expect(write(disk, store, 9)).toEqual({ error: null, trimBelow: 5 });
  expect(new FileCheckpointStore(disk).load().checkpoint).toMatchObject({ position: 9 });
});

test('without a spare, the room that a failed attempt took is given back', () => {
  const disk = diskWith(5);
  disk.removeSync('checkpoint.spare');
  disk.capacityBytes = disk.usedBytes + 2000;
  const store = loaded(disk);
  expect(write(disk, store, 9).error).toEqual(expect.objectContaining({ code: 'ENOSPC' }));
  expect(disk.listSync()).toEqual([checkpointName(at(5))]);
  disk.capacityBytes += 2000;
  expect(write(disk, store, 9)).toEqual({ error: null, trimBelow: 5 });
});

test('a write before load, beside another, or of the past is a broken assumption', () => {
  const disk = diskWith(5);
  const start = (store: FileCheckpointStore, position: number): void =>
    store.write(at(position), 0, [], () => undefined);
  expect(() => start(new FileCheckpointStore(disk), 9)).toThrow('loaded before');
  const store = loaded(disk);
  expect(() => start(store, 4)).toThrow('not older');
  start(store, 9);
  expect(() => start(store, 10)).toThrow('one checkpoint is written at a time');
});
