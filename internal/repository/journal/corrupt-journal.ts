// The ways in which a journal is refused. Each names the file, and says what to do next; none changes anything.

import { TachyonError } from '../../../pkg/protocol/errors.ts';

export function corruptJournal(file: string, offset: number, reason: string, cause?: unknown): TachyonError {
  const detail =
    `${file}, byte ${offset}: ${reason}. Nothing was changed. Keep a copy of the data folder, look at the disk, ` +
    'and restore the folder from a copy, or move it away to start empty.';
  return new TachyonError('CORRUPT_JOURNAL', detail, { cause });
}

/** `file` is not there, or nothing at all where it is null; `reason` tells how that is known. */
export function missingFile(folder: string, file: string | null, reason: string): TachyonError {
  const detail =
    `${file ?? 'every segment'} is missing in ${folder}: ${reason}. Nothing was changed. Put the file back as it was, ` +
    'restore the folder from a copy, or move it away to start empty.';
  return new TachyonError('CORRUPT_JOURNAL', detail);
}

export function formatTooNew(file: string, offset: number, what: string): TachyonError {
  const detail = `${file}, byte ${offset}: ${what}. Nothing was changed. Start the newer version on this data folder.`;
  return new TachyonError('FORMAT_TOO_NEW', detail);
}
