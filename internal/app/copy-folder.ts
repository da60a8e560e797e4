// A data folder copied to another place, and back: segments, checkpoints and the audit log, each synced, under the lock of
// the folder that is read. The copy is judged as a start would judge it, and must hold the same state, before it counts.

import { constants, existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { ensureDataFolder, syncFolderOf } from '../repository/disk/data-folder.ts';
import { type FolderReport, judgedFolder, lockedFolder } from './verify-folder.ts';

const JOURNAL_FILE = /^\d{20}\.(?:segment|checkpoint)$/;
const AUDIT_FILE = /^(?:\d{20}\.jsonl(?:\.cut)?|heads\.jsonl|floor\.json|(?:public|signing)-key\.pem)$/;
const AUDIT = 'audit';

export interface CopyReport extends FolderReport {
  readonly copied_to: string;
  readonly files: number;
}

/**
 * Copies `from` into `to`, which must not be there or be empty. Throws DATA_DIR_LOCKED while a broker works on either,
 * FOLDER_NOT_EMPTY where `to` holds something, and what a start on `from` would throw.
 */
export async function copyFolder(from: string, to: string): Promise<CopyReport> {
  const target = resolve(to);
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new TachyonError('FOLDER_NOT_EMPTY', target);
  }
  return lockedFolder(from, async () => {
    const before = judgedFolder(from);
    ensureDataFolder(target);
    const files =
      (await copyFiles(from, target, JOURNAL_FILE)) +
      (await copyFiles(join(from, AUDIT), join(target, AUDIT), AUDIT_FILE));
    const after = await lockedFolder(target, () => Promise.resolve(judgedFolder(target)));
    if (after.state !== before.state || after.position !== before.position) {
      throw new TachyonError('DATA_DIR_UNUSABLE', `${target} does not hold what ${from} holds: copy it again`);
    }
    return { ...before, copied_to: target, files };
  });
}

async function copyFiles(from: string, to: string, wanted: RegExp): Promise<number> {
  if (!existsSync(from)) return 0;
  const names = readdirSync(from).filter((name) => wanted.test(name));
  if (names.length === 0) return 0;
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of names) {
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_EXCL);
    const file = await open(join(to, name), 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
  syncFolderOf(to);
  return names.length;
}
