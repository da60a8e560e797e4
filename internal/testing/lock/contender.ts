// A process that contends for a folder lock as its parent tells it to. Started by fork; ends with its parent.

import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { acquireFolderLock, type FolderLock } from '../../repository/disk/folder-lock.ts';
import type { FromContender, ToContender } from './messages.ts';

let held: FolderLock | null = null;

const tell = (message: FromContender): void => void process.send?.(message);

/** All begin at the same millisecond: a race, not a queue. */
async function acquire(folder: string, atMs: number): Promise<void> {
  while (Date.now() < atMs);
  try {
    held = await acquireFolderLock(folder);
    tell({ type: 'won', pid: process.pid });
  } catch (error) {
    tell({ type: 'refused', message: String(error) });
  }
}

/** Takes the lock and gives it back, over and over. A mark in the folder shows whether anybody else is inside. */
async function churn(folder: string): Promise<void> {
  const mark = join(folder, 'inside');
  for (;;) {
    const lock = await acquireFolderLock(folder).catch((error: { readonly code?: string }) => {
      if (error.code !== 'DATA_DIR_LOCKED') throw error;
      return null;
    });
    if (lock !== null) {
      tell({ type: 'entered', found: enter(mark) });
      await pause(Math.random() * 4);
      rmSync(mark, { force: true });
      lock.release();
    }
    await pause(Math.random() * 2);
  }
}

/**
 * The pid of whoever left or holds the mark, or null when there was none. The mark is a symbolic link, which comes into
 * being with its content: a process killed at any moment leaves a mark that names it, or none.
 */
function enter(mark: string): number | null {
  const pid = String(process.pid);
  try {
    symlinkSync(pid, mark);
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const found = holderOf(mark);
    const fresh = `${mark}-${pid}`;
    symlinkSync(pid, fresh);
    renameSync(fresh, mark);
    return found;
  }
}

/** 0 when the mark went away just now: somebody was inside, and left. */
function holderOf(mark: string): number {
  try {
    return Number(readlinkSync(mark));
  } catch {
    return 0;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

process.on('message', (message: ToContender) => {
  if (message.type === 'acquire') void acquire(message.folder, message.atMs);
  else if (message.type === 'churn') void churn(message.folder);
  else {
    held?.release();
    held = null;
    tell({ type: 'released' });
  }
});
process.on('disconnect', () => process.exit(0));
tell({ type: 'ready' });
