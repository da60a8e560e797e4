// A folder of the race's own that goes when it is told to, or with this process, so that an interrupted race leaves
// nothing on the disk.

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folders = new Set<string>();
const removeAll = (): void => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
};

export interface OwnFolder {
  readonly path: string;
  remove(): void;
}

export function makeFolder(parent: string): OwnFolder {
  const path = mkdtempSync(join(parent, 'tachyon-peers-'));
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(path);
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
      folders.delete(path);
      if (folders.size === 0) process.off('exit', removeAll);
    },
  };
}
