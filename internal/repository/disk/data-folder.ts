// Creates the data folder: private to its user, and durable itself, so that power loss right after the first confirm
// does not take the folder along with everything in it.

import { accessSync, closeSync, constants, fsyncSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TachyonError } from '../../../pkg/protocol/errors.ts';

/** Creates what is missing of the path, with mode 0700, and returns it absolute. An existing folder keeps its mode. */
export function ensureDataFolder(folder: string): string {
  const path = resolve(folder);
  try {
    for (const missing of missingOf(path)) makeFolder(missing);
    if (!statSync(path).isDirectory()) throw new Error('not a folder');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new TachyonError('DATA_DIR_UNUSABLE', `${path}: ${(error as Error).message}`, { cause: error });
  }
  return path;
}

/**
 * The folder and its parents that are not there, the topmost first. Made one by one: `recursive` would try for ever on
 * a file system that answers ENOENT for a child of a folder that is there, as /proc does.
 */
function missingOf(path: string): readonly string[] {
  const missing: string[] = [];
  for (let at = path; !exists(at); at = dirname(at)) missing.unshift(at);
  return missing;
}

/** A link that leads nowhere counts as there: making the folder then says what is wrong. */
const exists = (path: string): boolean =>
  path === dirname(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Somebody else made it in the meantime; whether it is a folder is asked afterwards.
    if (code !== 'EEXIST') throw new Error(`no folder can be made in ${dirname(path)} (${code})`, { cause: error });
  }
  syncFolderOf(dirname(path));
}

/** Makes the names in the folder durable. */
export function syncFolderOf(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
