// The two ways in which a journal is refused. Both name the file, and say what to do next; neither changes anything.

import { TachyonError } from '../../../pkg/protocol/errors.ts';

export function corruptJournal(file: string, offset: number, reason: string, cause?: unknown): TachyonError {
  const detail =
    `${file}, byte ${offset}: ${reason}. Nothing was changed. Keep a copy of the data folder, look at the disk, ` +
    'and restore the folder from a copy, or move it away to start empty.';
  return new TachyonError('CORRUPT_JOURNAL', detail, { cause });
}

export function formatTooNew(file: string, offset: number, what: string): TachyonError {
  const detail = `${file}, byte ${offset}: ${what}. Nothing was changed. Start the newer version on this data folder.`;
  return new TachyonError('FORMAT_TOO_NEW', detail);
}
