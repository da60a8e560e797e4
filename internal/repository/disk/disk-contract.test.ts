// The port `Disk` as its users know it, run against the real disk and the simulated one: what passes in simulation
// means the same on a real folder.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import type { Disk, DiskFile } from '../../usecase/ports/disk.ts';
import { NodeDisk } from './node-disk.ts';

const root = mkdtempSync(join(tmpdir(), 'tachyon-disk-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

const nodeDisk = (): Disk => {
  folders += 1;
  return new NodeDisk(join(root, String(folders)));
};
const simDisk = (): Disk => new SimDisk({ schedule: (call) => setImmediate(call) });

/** One asynchronous word of the port, as a promise of what its callback was given. */
const given = <Result>(start: (done: (error: Error | null, result: Result) => void) => void): Promise<Result> =>
  new Promise((resolve, reject) => start((error, result) => (error === null ? resolve(result) : reject(error))));
const completed = (start: (done: (error: Error | null) => void) => void): Promise<void> =>
  given<void>((done) => start((error) => done(error)));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (disk: Disk, name: string): string => {
  const file = disk.openSync(name, 'read');
  const into = new Uint8Array(file.sizeSync());
  expect(file.readSync(into, 0)).toBe(into.length);
  file.close();
  return new TextDecoder().decode(into);
};
const withCode = (code: string): object => expect.objectContaining({ code });

describe.each([
  ['the disk of the system', nodeDisk],
  ['the simulated disk', simDisk],
])('%s', (_name, make) => {
  test('gives back what was written, at its offset, with zeros where nothing was', () => {
    const disk = make();
    const file = disk.createSync('a');
    file.writeSync(bytes('tail'), 6);
    file.writeSync(bytes('head'), 0);
    expect(file.sizeSync()).toBe(10);
    expect(text(disk, 'a')).toBe('head\0\0tail');
  });

  test('reads fewer bytes only at the end of the file', async () => {
    const file = make().createSync('a');
    file.writeSync(bytes('12345'), 0);
    expect(file.readSync(new Uint8Array(4), 0)).toBe(4);
    expect(file.readSync(new Uint8Array(4), 3)).toBe(2);
    expect(file.readSync(new Uint8Array(4), 5)).toBe(0);
    expect(file.readSync(new Uint8Array(4), 99)).toBe(0);
    const into = new Uint8Array(4);
    expect(await given<number>((done) => file.read(into, 3, done))).toBe(2);
    expect(into).toEqual(new Uint8Array([0x34, 0x35, 0, 0]));
    expect(await given<number>((done) => file.read(into, 99, done))).toBe(0);
  });

  test('carries out every word by callback as it does at once', async () => {
    const disk = make();
    const file = await given<DiskFile | null>((done) => disk.create('a', done));
    expect(file?.name).toBe('a');
    await completed((done) => file?.write(bytes('content'), 0, done));
    await completed((done) => file?.write(new Uint8Array(0), 0, done));
    await completed((done) => file?.sync(done));
    await completed((done) => disk.rename('a', 'b', done));
    await completed((done) => disk.syncFolder(done));
    const again = await given<DiskFile | null>((done) => disk.open('b', 'readwrite', done));
    await completed((done) => again?.write(bytes('C'), 0, done));
    expect(text(disk, 'b')).toBe('Content');
    await completed((done) => disk.remove('b', done));
    expect(disk.listSync()).toEqual([]);
  });

  test('never calls back before the word has returned', async () => {
    const disk = make();
    const file = disk.createSync('a');
    const calledInside: string[] = [];
    let returned = false;
    const noted =
      (word: string, done: (error: Error | null) => void) =>
      (error: Error | null): void => {
        if (!returned) calledInside.push(word);
        done(error);
      };
    const all = [
      completed((done) => file.write(bytes('x'), 0, noted('write', done))),
      completed((done) => file.sync(noted('sync', done))),
      completed((done) => disk.syncFolder(noted('syncFolder', done))),
      completed((done) => disk.open('a', 'read', noted('open', done))),
    ];
    returned = true;
    await Promise.all(all);
    expect(calledInside).toEqual([]);
  });

  test('writes a megabyte whole', async () => {
    const file = make().createSync('a');
    const large = new Uint8Array(1 << 20).map((_byte, index) => index * 31);
    await completed((done) => file.write(large, 512, done));
    const into = new Uint8Array(large.length);
    expect(await given<number>((done) => file.read(into, 512, done))).toBe(large.length);
    expect(Buffer.compare(into, large)).toBe(0);
  });

  test('lists names in order and only while they exist', () => {
    const disk = make();
    for (const name of ['b', 'c', 'a']) disk.createSync(name).close();
    disk.removeSync('b');
    disk.renameSync('c', 'd');
    disk.syncFolderSync();
    expect(disk.listSync()).toEqual(['a', 'd']);
  });

  test('a rename replaces the file that had the name', () => {
    const disk = make();
    disk.createSync('old').writeSync(bytes('old'), 0);
    disk.createSync('new').writeSync(bytes('new'), 0);
    disk.renameSync('new', 'old');
    expect(disk.listSync()).toEqual(['old']);
    expect(text(disk, 'old')).toBe('new');
  });

  test('opening keeps the content, and only what was opened to be written can be', async () => {
    const disk = make();
    disk.createSync('a').writeSync(bytes('kept'), 0);
    const file = disk.openSync('a', 'read');
    expect(() => file.writeSync(bytes('x'), 0)).toThrow(withCode('EBADF'));
    disk.openSync('a', 'readwrite').writeSync(bytes('K'), 0);
    expect(text(disk, 'a')).toBe('Kept');
  });

  test('shrinks and grows by truncation, zeros in what is new', () => {
    const disk = make();
    const file = disk.createSync('a');
    file.writeSync(bytes('12345'), 0);
    file.truncateSync(2);
    file.truncateSync(4);
    file.syncSync();
    expect(text(disk, 'a')).toBe('12\0\0');
  });

  test('names what is wrong by the code of the system', async () => {
    const disk = make();
    disk.createSync('a');
    expect(() => disk.createSync('a')).toThrow(withCode('EEXIST'));
    expect(() => disk.openSync('none', 'read')).toThrow(withCode('ENOENT'));
    expect(() => disk.removeSync('none')).toThrow(withCode('ENOENT'));
    expect(() => disk.renameSync('none', 'b')).toThrow(withCode('ENOENT'));
    await expect(given((done) => disk.create('a', done))).rejects.toEqual(withCode('EEXIST'));
    await expect(given((done) => disk.open('none', 'read', done))).rejects.toEqual(withCode('ENOENT'));
    await expect(completed((done) => disk.rename('none', 'b', done))).rejects.toEqual(withCode('ENOENT'));
    await expect(completed((done) => disk.remove('none', done))).rejects.toEqual(withCode('ENOENT'));
  });

  test('a file that was removed can still be read by whoever has it open', () => {
    const disk = make();
    const file = disk.createSync('a');
    file.writeSync(bytes('pinned'), 0);
    disk.removeSync('a');
    const into = new Uint8Array(6);
    expect(file.readSync(into, 0)).toBe(6);
    expect(into).toEqual(bytes('pinned'));
  });

  test('any number of small syncs complete, one by one, whichever way they take', async () => {
    const disk = make();
    const file = disk.createSync('a');
    for (let sync = 0; sync < 100; sync += 1) {
      file.writeSync(bytes('x'), sync);
      await completed((done) => file.sync(done, sync % 10 === 0 ? 1_000_000 : 1));
    }
    file.close();
    await expect(completed((done) => disk.openSync('a', 'read').sync(done, 1))).resolves.toBeUndefined();
    expect(text(disk, 'a')).toBe('x'.repeat(100));
  });

  test('a closed file completes what is in flight and refuses the rest', async () => {
    const disk = make();
    const file = disk.createSync('a');
    const writes = Array.from({ length: 8 }, (_none, index) =>
      completed((done) => file.write(bytes('w'), index, done)),
    );
    file.close();
    file.close();
    await Promise.all(writes);
    expect(text(disk, 'a')).toBe('wwwwwwww');
    expect(() => file.sizeSync()).toThrow(withCode('EBADF'));
    expect(() => file.write(bytes('y'), 0, () => undefined)).toThrow(withCode('EBADF'));
  });
});
