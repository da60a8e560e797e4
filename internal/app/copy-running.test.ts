// The copy's own name comes last: where anything fails before, nothing is left of it, and what was held is let go.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { copyJournal } from '../repository/backup/copy-journal.ts';
import { SimDisk } from '../testing/sim/sim-disk.ts';
import { backupFolder } from './backup-folder.ts';
import { copyRunning, type HeldFiles } from './copy-running.ts';

let folder: string;
let from: string;
let released: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-copy-'));
  from = join(folder, 'data');
  mkdirSync(from);
  released = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const held = (over: Partial<HeldFiles> = {}): HeldFiles => ({
  extent: { position: 1, firstSegment: 1, lastSegment: 1, lastBytes: 512 },
  taken: new Date(0),
  signal: new AbortController().signal,
  release: async () => {
    released += 1;
  },
  ...over,
});

const failed = async (files: HeldFiles): Promise<string> => {
  const error: unknown = await copyRunning(from, join(folder, 'copy'), async () => files).catch((reason) => reason);
  expect(readdirSync(folder)).toEqual(['data']);
  return error instanceof TachyonError ? error.code : String(error);
};

const segment = (): void => writeFileSync(join(from, '00000000000000000001.segment'), Buffer.alloc(4_096));

it('is not there when a file is missing, when what was copied is no journal, or when it was not held to the end', async () => {
  expect(await failed(held())).toBe('BACKUP_FAILED');
  segment();
  expect(await failed(held())).toBe('CORRUPT_JOURNAL');
  expect(released).toBe(2);
  const lost = () => Promise.reject(new TachyonError('NOT_PINNED'));
  expect(await failed(held({ release: lost }))).toBe('NOT_PINNED');
});

it('says why it was ended', async () => {
  segment();
  const signal = AbortSignal.abort(new TachyonError('NOT_PINNED', 'pin "1-1"'));
  expect(await failed(held({ signal }))).toBe('NOT_PINNED');
  expect(released).toBe(1);
});

it('ends with the system’s code where the disk is full, at any byte of it', async () => {
  const source = new SimDisk({ schedule: setImmediate });
  const file = source.createSync('00000000000000000001.segment');
  file.writeSync(new Uint8Array(300_000), 0);
  const { extent, signal } = held({ extent: { position: 1, firstSegment: 1, lastSegment: 1, lastBytes: 100_000 } });
  for (const capacityBytes of [1, 65_536, 99_999, 100_000, 299_999]) {
    const target = new SimDisk({ schedule: setImmediate, capacityBytes });
    await expect(copyJournal(source, target, extent, signal)).rejects.toMatchObject({ code: 'ENOSPC' });
  }
  const target = new SimDisk({ schedule: setImmediate, capacityBytes: 300_000 });
  expect(await copyJournal(source, target, extent, signal)).toEqual({ files: 1, bytes: 300_000 });
});

it('is not begun in the data folder, by whatever way, nor where something is', async () => {
  const hold = () => Promise.reject(new Error('nobody is asked'));
  const code = (to: string) => backupFolder(from, to, hold).then(String, ({ code: found }: TachyonError) => found);
  for (const to of [from, join(from, 'copy'), join(from, 'a', '..', 'b', 'c')])
    expect(await code(to)).toBe('DATA_DIR_UNUSABLE');
  mkdirSync(join(folder, 'full'));
  writeFileSync(join(folder, 'full', 'x'), '');
  expect(await code(join(folder, 'full'))).toBe('FOLDER_NOT_EMPTY');
  expect(await code(join(folder, 'full', 'x'))).toBe('DATA_DIR_UNUSABLE');
  expect(readdirSync(from)).toEqual([]);
});
