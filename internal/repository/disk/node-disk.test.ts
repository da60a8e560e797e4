// What only a real folder can show: its mode, what it lists, and writes that the system cuts short.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NodeDisk } from './node-disk.ts';

// The real module, with reads and writes that can be cut short and syncs that can be seen.
const short = vi.hoisted(() => ({ most: Number.POSITIVE_INFINITY, syncedFolders: [] as string[] }));
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  const cut = (length: number): number => Math.min(length, short.most);
  const names = new Map<number, string>();
  return {
    ...real,
    openSync: (path: string, flags: string, mode?: number) => {
      const descriptor = real.openSync(path, flags, mode);
      names.set(descriptor, path);
      return descriptor;
    },
    fsyncSync: (descriptor: number) => {
      short.syncedFolders.push(names.get(descriptor) ?? '');
      real.fsyncSync(descriptor);
    },
    writeSync: (fd: number, bytes: Uint8Array, at: number, length: number, offset: number) =>
      real.writeSync(fd, bytes, at, cut(length), offset),
    readSync: (fd: number, bytes: Uint8Array, at: number, length: number, offset: number) =>
      real.readSync(fd, bytes, at, cut(length), offset),
    write: (fd: number, bytes: Uint8Array, at: number, length: number, offset: number, done: () => void) =>
      real.write(fd, bytes, at, cut(length), offset, done),
    read: (fd: number, bytes: Uint8Array, at: number, length: number, offset: number, done: () => void) =>
      real.read(fd, bytes, at, cut(length), offset, done),
  };
});

let root = '';
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'tachyon-node-disk-'));
  short.most = Number.POSITIVE_INFINITY;
  short.syncedFolders = [];
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

test('a missing folder is created with its parents, private, and every new name in the path is synced', () => {
  const disk = new NodeDisk(join(root, 'a', 'b', 'data'));
  expect(fs.statSync(disk.folder).mode & 0o777).toBe(0o700);
  expect(fs.statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
  expect(short.syncedFolders).toEqual([root, join(root, 'a'), join(root, 'a', 'b')]);
});

test('an existing folder keeps its mode', () => {
  fs.chmodSync(root, 0o750);
  expect(fs.statSync(new NodeDisk(root).folder).mode & 0o777).toBe(0o750);
});

test('a path that is no folder is refused with its name', () => {
  fs.writeFileSync(join(root, 'file'), '');
  for (const path of [join(root, 'file'), join(root, 'file', 'data')]) {
    expect(() => new NodeDisk(path)).toThrow(
      expect.objectContaining({ code: 'DATA_DIR_UNUSABLE', message: expect.stringContaining(path) }),
    );
  }
});

test('a link that leads nowhere is refused with its name, and nothing is made behind it', () => {
  fs.symlinkSync(join(root, 'nowhere'), join(root, 'link'));
  for (const path of [join(root, 'link'), join(root, 'link', 'data')]) {
    expect(() => new NodeDisk(path)).toThrow(
      expect.objectContaining({ code: 'DATA_DIR_UNUSABLE', message: expect.stringContaining(path) }),
    );
  }
  expect(fs.readdirSync(root)).toEqual(['link']);
});

test('files are private, and folders beside them are not listed', () => {
  const disk = new NodeDisk(root);
  disk.createSync('a').close();
  fs.mkdirSync(join(root, 'folder'));
  fs.symlinkSync('a', join(root, 'link'));
  expect(disk.listSync()).toEqual(['a']);
  expect(fs.statSync(join(root, 'a')).mode & 0o777).toBe(0o600);
});

test('a name cannot lead out of the folder', () => {
  const disk = new NodeDisk(root);
  for (const name of ['../a', 'a/b', '..', '.', '']) expect(() => disk.createSync(name)).toThrow('is flat');
});

test('reads and writes that the system cuts short are continued until whole', async () => {
  short.most = 7;
  const file = new NodeDisk(root).createSync('a');
  const content = new Uint8Array(100).map((_byte, index) => index);
  file.writeSync(content, 0);
  const into = new Uint8Array(100);
  expect(file.readSync(into, 0)).toBe(100);
  expect(into).toEqual(content);
  expect(await new Promise((resolve) => file.write(content, 100, resolve))).toBeNull();
  const both = new Uint8Array(200);
  const count = await new Promise((resolve) => file.read(both, 0, (_error, bytesRead) => resolve(bytesRead)));
  expect(count).toBe(200);
  expect(both).toEqual(new Uint8Array([...content, ...content]));
});

test('a write that moves no byte is an error, not an endless loop', async () => {
  short.most = 0;
  const file = new NodeDisk(root).createSync('a');
  expect(() => file.writeSync(new Uint8Array(4), 0)).toThrow(expect.objectContaining({ code: 'EIO' }));
  const error = await new Promise((resolve) => file.write(new Uint8Array(4), 0, resolve));
  expect(error).toEqual(expect.objectContaining({ code: 'EIO' }));
});

test.runIf(fs.existsSync('/dev/full'))('a full disk is told by ENOSPC', async () => {
  const file = new NodeDisk('/dev').openSync('full', 'readwrite');
  expect(() => file.writeSync(new Uint8Array(4), 0)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  const error = await new Promise((resolve) => file.write(new Uint8Array(4), 0, resolve));
  expect(error).toEqual(expect.objectContaining({ code: 'ENOSPC' }));
});
