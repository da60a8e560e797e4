// A backup of a broker that runs: its files are copied from beside it, as far as they were durable when it pinned them.
// The copy comes into being under another name, `<target>.incomplete`, and gets its own when it is whole, synced, and
// judged as a start would judge it. So what has the target's name is a backup, whenever the copying ended.

import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { copyAudit } from '../repository/backup/copy-audit.ts';
import { type Copied, copyJournal, type PinnedExtent } from '../repository/backup/copy-journal.ts';
import { syncFolder } from '../repository/backup/disk-steps.ts';
import { ensureDataFolder, syncFolderOf } from '../repository/disk/data-folder.ts';
import { acquireFolderLock } from '../repository/disk/folder-lock.ts';
import { NodeDisk } from '../repository/disk/node-disk.ts';
import { type FolderReport, judgedFolder } from './verify-folder.ts';

const AUDIT = 'audit';
const LOCK = 'lock';

/** The broker's files held still, by whoever talks with it. */
export interface HeldFiles {
  readonly extent: PinnedExtent;
  /** When they were. */
  readonly taken: Date;
  /** Aborted when they are not held any more, with the reason; or when nobody wants the copy. */
  readonly signal: AbortSignal;
  /** Lets go; rejects where they were not held until now. */
  release(): Promise<void>;
}

export interface RunningCopyReport extends FolderReport, Copied {
  readonly taken: string;
  readonly copied_to: string;
}

/**
 * Copies the folder of a broker that runs. Throws BACKUP_FAILED where the copy could not be made or was not held to its
 * end, and what a start on it would throw; then nothing of it is left.
 */
export async function copyRunning(
  from: string,
  to: string,
  hold: () => Promise<HeldFiles>,
): Promise<RunningCopyReport> {
  const target = resolve(to);
  refuseMountPoint(target);
  const staging = `${target}.incomplete`;
  const lock = await acquireFolderLock(staging);
  try {
    // What an earlier copy left that was ended by force.
    for (const name of readdirSync(staging)) {
      if (name !== LOCK) rmSync(join(staging, name), { recursive: true, force: true });
    }
    const { copied, position, taken } = await copyHeld(from, staging, await hold());
    const report = judgedFolder(staging);
    if (report.position !== position) {
      throw new TachyonError('BACKUP_FAILED', `it ends at position ${report.position} instead of ${position}`);
    }
    renameSync(staging, target);
    lock.release();
    rmSync(join(target, LOCK), { recursive: true, force: true });
    syncFolderOf(target);
    syncFolderOf(dirname(target));
    return { ...report, data_folder: from, taken: taken.toISOString(), copied_to: target, ...copied };
  } catch (error) {
    lock.release();
    rmSync(staging, { recursive: true, force: true });
    throw failure(error, target);
  }
}

/** A name can be given to a folder only where it is not one of another disk. */
function refuseMountPoint(target: string): void {
  const parent = ensureDataFolder(dirname(target));
  if (!existsSync(target) || lstatSync(target).dev === lstatSync(parent).dev) return;
  throw new TachyonError('DATA_DIR_UNUSABLE', `${target} is the root of a disk: name a folder in it`);
}

interface HeldCopy {
  readonly copied: Copied;
  readonly position: number;
  readonly taken: Date;
}

/** All of it is synced, and was held to the end. */
async function copyHeld(from: string, to: string, held: HeldFiles): Promise<HeldCopy> {
  const { extent, taken, signal } = held;
  let copied: Copied;
  try {
    const disk = new NodeDisk(to);
    const journal = await copyJournal(new NodeDisk(from), disk, extent, signal);
    const audit = await copyAuditFolder(from, to, extent.position, signal);
    await syncFolder(disk);
    copied = { files: journal.files + audit.files, bytes: journal.bytes + audit.bytes };
  } catch (error) {
    await held.release().catch(() => undefined);
    throw signal.aborted ? signal.reason : error;
  }
  await held.release();
  return { copied, position: extent.position, taken };
}

async function copyAuditFolder(from: string, to: string, position: number, signal: AbortSignal): Promise<Copied> {
  if (!existsSync(join(from, AUDIT))) return { files: 0, bytes: 0 };
  mkdirSync(join(to, AUDIT), { mode: 0o700 });
  const disk = new NodeDisk(join(to, AUDIT));
  const copied = await copyAudit(new NodeDisk(join(from, AUDIT)), disk, position, signal);
  await syncFolder(disk);
  return copied;
}

/** What the system says of a file is told as what it means here. */
function failure(error: unknown, target: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof TachyonError || code === undefined) return error;
  const reason = code === 'ENOSPC' ? 'the disk is full' : (error as Error).message;
  return new TachyonError('BACKUP_FAILED', `${target}: ${reason}`, { cause: error });
}
