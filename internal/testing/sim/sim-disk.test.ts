// The simulated disk keeps the promises of the port and no others. Each rule is shown from both sides: what is
// promised holds for every seed, what is not promised is broken by some seed.

import { expect, test } from 'vitest';
import type { DiskFile } from '../../usecase/ports/disk.ts';
import { Random } from './random.ts';
import { SimCrash, SimDisk, type SimDiskOptions } from './sim-disk.ts';

const SEEDS = 300;

const filled = (byte: number, length = 512): Uint8Array => new Uint8Array(length).fill(byte);

/** Outcomes, over many seeds, of doing something, losing power and looking. */
function outcomes<T>(act: (disk: SimDisk) => void, look: (disk: SimDisk) => T, options: SimDiskOptions = {}): Set<T> {
  const seen = new Set<T>();
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const disk = new SimDisk({ ...options, seed });
    act(disk);
    disk.crash(new Random(seed));
    seen.add(look(disk));
  }
  return seen;
}

function durableFile(disk: SimDisk, name = 'a', content = filled(1, 2048)): DiskFile {
  const file = disk.createSync(name);
  file.writeSync(content, 0);
  file.syncSync();
  disk.syncFolderSync();
  return file;
}

function content(disk: SimDisk, name = 'a'): Uint8Array {
  const file = disk.openSync(name, 'read');
  const bytes = new Uint8Array(file.sizeSync());
  file.readSync(bytes, 0);
  return bytes;
}

/** The first byte of each sector, as a word: '1121'. */
const sectors = (disk: SimDisk, name = 'a'): string => {
  const bytes = content(disk, name);
  let word = '';
  for (let at = 0; at < bytes.length; at += 512) word += String(bytes[at]);
  return word;
};

const failNoError = (error: Error | null): void => expect(error).toBeNull();

test('forgetting a folder sync really loses a file', () => {
  const forget = (disk: SimDisk): void => {
    const file = disk.createSync('a');
    file.writeSync(filled(1), 0);
    file.syncSync();
  };
  expect(outcomes(forget, (disk) => disk.listSync().join())).toEqual(new Set(['', 'a']));
  const remember = (disk: SimDisk): void => {
    forget(disk);
    disk.syncFolderSync();
  };
  expect(outcomes(remember, (disk) => sectors(disk))).toEqual(new Set(['1']));
});

test('a rename without a folder sync may come back as the old name, never as both or neither', () => {
  const act = (disk: SimDisk): void => {
    durableFile(disk, 'old');
    disk.renameSync('old', 'new');
  };
  expect(outcomes(act, (disk) => disk.listSync().join())).toEqual(new Set(['old', 'new']));
});

test('a name taken again does not lose the durable file that was renamed away from it', () => {
  const act = (disk: SimDisk): void => {
    durableFile(disk, 'old');
    disk.renameSync('old', 'new');
    disk.createSync('old');
  };
  const look = (disk: SimDisk): number => disk.listSync().filter((name) => sectors(disk, name) === '1111').length;
  expect(outcomes(act, look)).toEqual(new Set([1]));
});

test('a remove without a folder sync may bring the file back whole', () => {
  const act = (disk: SimDisk): void => {
    durableFile(disk);
    disk.removeSync('a');
  };
  expect(outcomes(act, (disk) => (disk.listSync().length === 0 ? 'gone' : sectors(disk)))).toEqual(
    new Set(['gone', '1111']),
  );
});

test('an unsynced write survives as any subset of its sectors', () => {
  const act = (disk: SimDisk): void => durableFile(disk).writeSync(filled(2, 1536), 512);
  const seen = outcomes(act, (disk) => sectors(disk));
  expect([...seen].sort()).toEqual(['1111', '1112', '1121', '1122', '1211', '1212', '1221', '1222']);
});

test('a later write may survive without an earlier one', () => {
  const act = (disk: SimDisk): void => {
    const file = durableFile(disk);
    file.writeSync(filled(2), 0);
    file.writeSync(filled(3), 512);
  };
  expect(outcomes(act, (disk) => sectors(disk))).toContain('1311');
});

test('a sector is cut inside only with torn sectors', () => {
  const act = (disk: SimDisk): void => durableFile(disk, 'a', filled(1)).writeSync(filled(2), 0);
  const look = (disk: SimDisk): boolean => new Set(content(disk)).size > 1;
  expect(outcomes(act, look)).toEqual(new Set([false]));
  expect(outcomes(act, look, { tornSectors: true })).toEqual(new Set([false, true]));
});

test('an unsynced size may be the old, the new, or between', () => {
  const act = (disk: SimDisk): void => durableFile(disk, 'a', filled(1, 512)).writeSync(filled(2, 1500), 512);
  const sizes = outcomes(act, (disk) => content(disk).length);
  expect([...sizes].sort((a, b) => a - b)).toEqual([512, 1024, 1536, 2012]);
});

test('an unsynced truncation may be forgotten, and what grows again reads as zeros', () => {
  const act = (disk: SimDisk): void => durableFile(disk).truncateSync(512);
  expect(outcomes(act, (disk) => sectors(disk))).toEqual(new Set(['1', '1111']));
  const disk = new SimDisk();
  const file = durableFile(disk);
  file.truncateSync(512);
  file.truncateSync(1024);
  expect(sectors(disk)).toBe('10');
});

test('a sync that has not completed promises nothing', () => {
  const act = (disk: SimDisk): void => {
    const file = durableFile(disk);
    file.writeSync(filled(2), 0);
    file.sync(() => undefined);
  };
  expect(outcomes(act, (disk) => sectors(disk))).toEqual(new Set(['1111', '2111']));
});

test('a sync covers only the writes completed before it was called, even those that complete before it does', () => {
  const calls: (() => void)[] = [];
  const inOrder = (): void => {
    for (let call = calls.shift(); call !== undefined; call = calls.shift()) call();
  };
  const act = (disk: SimDisk): void => {
    const file = durableFile(disk);
    file.write(filled(2), 0, failNoError);
    inOrder();
    file.write(filled(3), 512, failNoError);
    file.sync(failNoError);
    inOrder();
  };
  const options = { schedule: (call: () => void): void => void calls.push(call) };
  expect(outcomes(act, (disk) => sectors(disk), options)).toEqual(new Set(['2111', '2311']));
});

test('a folder sync covers only the names changed before it was called', () => {
  const act = (disk: SimDisk): void => {
    disk.createSync('a');
    disk.syncFolder(failNoError);
    disk.createSync('b');
    disk.settle();
  };
  expect(outcomes(act, (disk) => disk.listSync().join())).toEqual(new Set(['a', 'a,b']));
});

test('what is in flight completes in any order', () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const disk = new SimDisk({ seed });
    const file = durableFile(disk);
    let order = '';
    file.write(filled(2), 0, () => (order += 'w'));
    file.read(new Uint8Array(512), 0, () => (order += 'r'));
    disk.create('b', () => (order += 'c'));
    disk.settle();
    orders.add(order);
  }
  expect(orders.size).toBe(6);
});

test('a write in flight at the crash happened wholly, partly or not at all', () => {
  const act = (disk: SimDisk): void => durableFile(disk).write(filled(2, 1024), 0, () => expect.unreachable());
  expect([...outcomes(act, (disk) => sectors(disk))].sort()).toEqual(['1111', '1211', '2111', '2211']);
});

test('a retry of a failed sync succeeds and still loses sectors', () => {
  const act = (disk: SimDisk): void => {
    const file = durableFile(disk);
    file.writeSync(filled(2), 0);
    disk.failSync(1);
    expect(() => file.syncSync()).toThrow(expect.objectContaining({ code: 'EIO' }));
    file.syncSync();
    expect(sectors(disk)).toBe('2111');
  };
  expect(outcomes(act, (disk) => sectors(disk))).toEqual(new Set(['1111', '2111']));
});

test('the n-th write fails, leaves a prefix at most, and those around it are whole', () => {
  const disk = new SimDisk();
  const file = durableFile(disk);
  disk.failWrite(2);
  const errors: unknown[] = [];
  file.writeSync(filled(2), 0);
  file.write(filled(3, 1024), 512, (error) => errors.push(error));
  disk.settle();
  file.writeSync(filled(4), 1536);
  expect(errors).toEqual([expect.objectContaining({ code: 'EIO' })]);
  expect(sectors(disk)).toMatch(/^2(11|31)4$/);
});

test('a planned failure hits the next operation of any kind, once', () => {
  const disk = new SimDisk();
  disk.failNextWith('EDQUOT');
  expect(() => disk.createSync('a')).toThrow(expect.objectContaining({ code: 'EDQUOT' }));
  expect(disk.createSync('a').name).toBe('a');
});

test('a full disk writes what fits, says ENOSPC, and heals when room returns', () => {
  const disk = new SimDisk({ capacityBytes: 1024 });
  const file = disk.createSync('a');
  expect(() => file.writeSync(filled(1, 1536), 0)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  expect(sectors(disk)).toBe('11');
  file.writeSync(filled(2), 0);
  expect(() => disk.createSync('b')).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  disk.capacityBytes = 4096;
  file.writeSync(filled(3), 1024);
  expect(sectors(disk)).toBe('213');
});

test('a process that was killed loses nothing that had completed, and it is still not durable', () => {
  const disk = new SimDisk();
  const file = durableFile(disk);
  file.writeSync(filled(2), 0);
  disk.kill();
  expect(sectors(disk)).toBe('2111');
  expect(disk.snapshot().get('a')?.[0]).toBe(1);
  expect(() => file.syncSync()).toThrow(SimCrash);
});

test('with the power off nothing completes, and words that wait throw', () => {
  const disk = new SimDisk();
  const file = durableFile(disk);
  disk.crashAt(disk.operations + 2);
  const completed: string[] = [];
  file.write(filled(2), 0, () => completed.push('before'));
  file.write(filled(3), 512, () => completed.push('under way'));
  expect(disk.crashed).toBe(true);
  file.write(filled(4), 1024, () => completed.push('after'));
  disk.settle();
  expect(completed).toEqual([]);
  expect(() => disk.listSync()).toThrow(SimCrash);
  disk.crash();
  expect(disk.crashed).toBe(false);
  expect(sectors(disk)).toMatch(/^[12][13]11$/);
});

test('a crash at every operation leaves only states that power loss can leave', () => {
  const act = (disk: SimDisk): void => {
    const file = disk.createSync('tmp');
    file.writeSync(filled(1, 1024), 0);
    file.syncSync();
    disk.renameSync('tmp', 'a');
    disk.syncFolderSync();
  };
  const whole = new SimDisk();
  act(whole);
  for (let at = 1; at <= whole.operations; at += 1) {
    for (let seed = 0; seed < 50; seed += 1) {
      const disk = new SimDisk({ seed });
      disk.crashAt(at);
      expect(() => act(disk)).toThrow(SimCrash);
      disk.crash(new Random(seed));
      const names = disk.listSync();
      expect(names.length).toBeLessThanOrEqual(1);
      if (names[0] === 'a') expect(sectors(disk)).toBe('11');
    }
  }
});

test('a snapshot is the durable image, and a disk made from it begins there', () => {
  const disk = new SimDisk();
  durableFile(disk).writeSync(filled(2), 0);
  disk.createSync('b');
  const twin = SimDisk.fromSnapshot(disk.snapshot());
  expect(twin.listSync()).toEqual(['a']);
  expect(sectors(twin)).toBe('1111');
  twin.openSync('a', 'readwrite').writeSync(filled(9), 0);
  expect(sectors(disk)).toBe('2111');
});

test('damage at rest is seen at once and after a crash', () => {
  const disk = new SimDisk();
  durableFile(disk);
  disk.corrupt('a', 600, filled(7, 4));
  expect(content(disk).subarray(599, 605)).toEqual(new Uint8Array([1, 7, 7, 7, 7, 1]));
  disk.crash();
  expect(content(disk).subarray(599, 605)).toEqual(new Uint8Array([1, 7, 7, 7, 7, 1]));
});

test('a buffer that is reused before its write completes is written as it then stands', () => {
  const disk = new SimDisk();
  const file = durableFile(disk);
  const buffer = filled(2);
  file.write(buffer, 0, failNoError);
  buffer.fill(9);
  disk.settle();
  expect(sectors(disk)).toBe('9111');
});

test('a scheduler given from outside decides when operations complete', () => {
  const calls: (() => void)[] = [];
  const disk = new SimDisk({ schedule: (call) => void calls.push(call) });
  let file: DiskFile | null = null;
  disk.create('a', (_error, created) => (file = created));
  expect(disk.step()).toBe(false);
  expect(file).toBeNull();
  for (const call of calls) call();
  expect(file).not.toBeNull();
});

test('counters tell writes, syncs and folder syncs apart', () => {
  const disk = new SimDisk();
  durableFile(disk).truncateSync(0);
  expect([disk.writes, disk.syncs, disk.folderSyncs, disk.operations]).toEqual([2, 1, 1, 5]);
});
