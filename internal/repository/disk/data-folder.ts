// Creates the data folder: private to its user, and durable itself, so that power loss right after the first confirm
// does not take the folder along with everything in it.

import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TachyonError } from '../../../pkg/protocol/errors.ts';

/** Creates what is missing of the path, with mode 0700, and returns it absolute. An existing folder keeps its mode. */
export function ensureDataFolder(folder: string): string {
  const path = resolve(folder);
  try {
    const topmost = mkdirSync(path, { recursive: true, mode: 0o700 });
    if (topmost !== undefined) syncParents(path, dirname(topmost));
    if (!statSync(path).isDirectory()) throw new Error('not a folder');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new TachyonError('DATA_DIR_UNUSABLE', `${path}: ${(error as Error).message}`, { cause: error });
  }
  return path;
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

function syncParents(path: string, highest: string): void {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    syncFolderOf(parent);
    if (parent === highest) return;
  }
}
