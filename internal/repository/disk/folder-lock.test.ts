// The lock's rules one by one, in one process. The races of real processes are in folder-lock.e2e.test.ts.

import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { acquireFolderLock, type FolderLock } from './folder-lock.ts';
import { isListening } from './liveness-socket.ts';
import { LockFolder } from './lock-folder.ts';
import { thisProcess } from './lock-holder.ts';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'tachyon-lock-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const locked = expect.objectContaining({ code: 'DATA_DIR_LOCKED' });
const lockFiles = (): string[] => fs.readdirSync(join(folder, 'lock'));
const DEAD = { ...thisProcess('dead-before', new Date(0)), startTime: '1' };

/** What a process that was killed leaves: its claim under a number, no socket. */
function leaveStale(number: number, record: string = JSON.stringify(DEAD)): void {
  fs.mkdirSync(join(folder, 'lock'), { recursive: true });
  fs.writeFileSync(join(folder, 'lock', `${number}.lock`), `+${record}`);
}

test('a second broker is refused, and told who holds the folder and since when', async () => {
  const lock = await acquireFolderLock(folder);
  const { pid, since } = lock.holder;
  await expect(acquireFolderLock(folder)).rejects.toThrow(
    `DATA_DIR_LOCKED: ${folder}: pid ${pid} has worked on it since ${since}`,
  );
  expect(pid).toBe(process.pid);
  lock.release();
});

test('a lock that was given back is free at once, and giving it back twice does not free the next one', async () => {
  const first = await acquireFolderLock(folder);
  first.release();
  const second = await acquireFolderLock(folder);
  first.release();
  await expect(acquireFolderLock(folder)).rejects.toEqual(locked);
  second.release();
});

test('of many that ask at once exactly one wins, free or stale', async () => {
  for (let round = 0; round < 20; round += 1) {
    if (round % 2 === 1) leaveStale(1000 + round);
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => acquireFolderLock(folder)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won.length).toBe(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(locked);
    won[0]?.value.release();
  }
});

test('the slow one of two who judged the same dead holder withdraws, though the number is free again', async () => {
  leaveStale(7);
  const folderOf = new LockFolder(folder);
  let second: FolderLock | null = null;
  // Stop the slow one between its judgement and its claim; meanwhile 8 is taken, lost, and replaced by 9, and swept.
  const claim = vi.spyOn(LockFolder.prototype, 'claim').mockImplementationOnce(function slow(
    this: LockFolder,
    file,
    number,
  ) {
    claim.mockRestore();
    leaveStale(8);
    const holder = { ...thisProcess('winner-of-9', new Date()) };
    const winner = folderOf.prepare(holder);
    expect(folderOf.claim(winner, 9)).toBe('claimed');
    fs.rmSync(join(folder, 'lock', '7.lock'));
    fs.rmSync(join(folder, 'lock', '8.lock'));
    expect(number).toBe(8);
    return this.claim(file, number);
  });
  await expect(acquireFolderLock(folder).then((lock) => (second = lock))).rejects.toEqual(locked);
  expect(second).toBeNull();
  expect(lockFiles().filter((name) => name.endsWith('.lock'))).toEqual(['9.lock']);
});

test('who finds its socket swept away gives the claim back and comes again under another name', async () => {
  leaveStale(3);
  const claim = vi.spyOn(LockFolder.prototype, 'claim').mockImplementationOnce(function swept(
    this: LockFolder,
    file,
    number,
  ) {
    claim.mockRestore();
    fs.rmSync(file.path.replace(/\.claim$/, ''));
    return this.claim(file, number);
  });
  const lock = await acquireFolderLock(folder);
  expect(lockFiles()).toContain('5.lock');
  await expect(acquireFolderLock(folder)).rejects.toEqual(locked);
  lock.release();
});

test('who finds its claim swept away comes again', async () => {
  const claim = vi.spyOn(LockFolder.prototype, 'claim').mockImplementationOnce(function swept(
    this: LockFolder,
    file,
    number,
  ) {
    claim.mockRestore();
    fs.rmSync(file.path);
    return this.claim(file, number);
  });
  (await acquireFolderLock(folder)).release();
});

test('the holder sweeps what others left, and the next number is the only one that stays', async () => {
  leaveStale(11);
  leaveStale(12);
  fs.writeFileSync(join(folder, 'lock', 'someone.claim'), '+{}');
  fs.mkdirSync(join(folder, 'lock.unfinished'));
  const lock = await acquireFolderLock(folder);
  const { nonce } = lock.holder;
  expect(lockFiles().sort()).toEqual(['13.lock', nonce, `${nonce}.claim`].sort());
  lock.release();
  expect(lockFiles()).toEqual(['13.lock']);
  expect(fs.readdirSync(folder)).toEqual(['lock']);
});

test.each([
  ['nothing', ''],
  ['zeros', '\0'.repeat(300)],
  ['half a record', JSON.stringify(DEAD).slice(0, 40)],
  ['other JSON', '[1]'],
  ['null', 'null'],
])('a lock file in which power loss left %s is held by nobody', async (_what, record) => {
  leaveStale(4, record);
  (await acquireFolderLock(folder)).release();
});

test('a lock folder of which power loss left no number, only remains, is put in order', async () => {
  for (const remains of [[], ['AAAAAAAAAAA', 'BBBBBBBBBBB.claim']]) {
    fs.mkdirSync(join(folder, 'lock'));
    for (const name of remains) fs.writeFileSync(join(folder, 'lock', name), '');
    const lock = await acquireFolderLock(folder);
    await expect(acquireFolderLock(folder)).rejects.toEqual(locked);
    lock.release();
    expect(lockFiles()).toEqual(['1.lock']);
    fs.rmSync(join(folder, 'lock'), { recursive: true });
  }
});

test('a holder that gives the folder back while it is being asked is no reason to refuse', async () => {
  const first = await acquireFolderLock(folder);
  const newest = vi.spyOn(LockFolder.prototype, 'newest').mockImplementationOnce(function justBefore(this: LockFolder) {
    newest.mockRestore();
    const found = this.newest();
    first.release();
    return found;
  });
  (await acquireFolderLock(folder)).release();
});

test('a pid that is used again, and a process of before the boot, do not hold the folder', async () => {
  const here = thisProcess('used-again', new Date(0));
  for (const other of [{ startTime: '1' }, { bootId: 'another boot' }]) {
    leaveStale(20, JSON.stringify({ ...here, ...other }));
    (await acquireFolderLock(folder)).release();
    fs.rmSync(join(folder, 'lock'), { recursive: true });
  }
});

test.runIf(process.platform === 'linux')('a holder whose socket was deleted still holds the folder', async () => {
  const lock = await acquireFolderLock(folder);
  fs.rmSync(join(folder, 'lock', lock.holder.nonce));
  await expect(acquireFolderLock(folder)).rejects.toEqual(locked);
  lock.release();
});

test('a holder in another container is told by its socket, and named with its host', async () => {
  const holder = { ...thisProcess('far-away', new Date(0)), pid: 1, pidNamespace: 'pid:[1]', host: 'other-container' };
  leaveStale(30, JSON.stringify(holder));
  const server = createServer().listen(join(folder, 'lock', holder.nonce));
  await expect(acquireFolderLock(folder)).rejects.toThrow('pid 1 on other-container has worked on it since 1970');
  await new Promise((resolve) => server.close(resolve));
  (await acquireFolderLock(folder)).release();
});

test.runIf(process.platform === 'linux')('a path too long for a socket address is locked all the same', async () => {
  const deep = join(folder, 'd'.repeat(200), 'e'.repeat(200));
  const lock = await acquireFolderLock(deep);
  await expect(acquireFolderLock(deep)).rejects.toEqual(locked);
  expect(await isListening(join(deep, 'lock'), lock.holder.nonce)).toBe(true);
  lock.release();
  expect(fs.readdirSync(join(deep, 'lock'))).toEqual(['1.lock']);
});

test('a file system without hard links is told as such', async () => {
  const claim = vi.spyOn(LockFolder.prototype, 'claim').mockImplementation(() => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  });
  await expect(acquireFolderLock(folder)).rejects.toThrow(/DATA_DIR_UNUSABLE: .* cannot be locked: EPERM/);
  claim.mockRestore();
  expect(lockFiles()).toEqual(['0.lock']);
});
