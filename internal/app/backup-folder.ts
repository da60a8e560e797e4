// A backup, whether a broker is at work on the folder or not: without one under the folder's lock, beside one from what it
// holds still for us.

import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { acquireFolderLock } from '../repository/disk/folder-lock.ts';
import { copyFolder } from './copy-folder.ts';
import { copyRunning, type HeldFiles, type RunningCopyReport } from './copy-running.ts';

/** `hold` is called with the refusal that names who has the folder. */
export async function backupFolder(
  from: string,
  to: string,
  hold: (locked: TachyonError) => Promise<HeldFiles>,
): Promise<RunningCopyReport> {
  if (!existsSync(from)) throw new TachyonError('DATA_DIR_UNUSABLE', `${from} is not there`);
  refuseInside(from, to);
  refuseFull(to);
  const locked = await lockedBy(from);
  if (locked !== null) return copyRunning(from, to, () => hold(locked));
  const taken = new Date().toISOString();
  const report = await copyFolder(from, to);
  return { ...report, taken, bytes: bytesIn(report.copied_to) };
}

/** It would be part of what it copies, and of the folder that a broker works on. */
function refuseInside(from: string, to: string): void {
  const way = relative(realpathSync(from), realPathOf(resolve(to)));
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  throw new TachyonError('DATA_DIR_UNUSABLE', `${to} is in the data folder itself: name a place outside of it`);
}

/** Of a path whose last parts may not be there yet. */
function realPathOf(path: string): string {
  return existsSync(path) || path === dirname(path)
    ? realpathSync(path)
    : join(realPathOf(dirname(path)), basename(path));
}

function refuseFull(to: string): void {
  if (!existsSync(to)) return;
  if (!statSync(to).isDirectory()) throw new TachyonError('DATA_DIR_UNUSABLE', `${resolve(to)} is no folder`);
  if (readdirSync(to).length > 0) throw new TachyonError('FOLDER_NOT_EMPTY', resolve(to));
}

/** The refusal that names the holder of the folder's lock, or null when nobody has it. */
async function lockedBy(folder: string): Promise<TachyonError | null> {
  try {
    const lock = await acquireFolderLock(folder);
    lock.release();
    return null;
  } catch (error) {
    if (error instanceof TachyonError && error.code === 'DATA_DIR_LOCKED') return error;
    throw error;
  }
}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && basename(entry.parentPath) !== 'lock')
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
