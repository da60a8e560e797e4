// Reads checkpoint files as they stand, and changes nothing: at a start, and beside a broker that runs.

import { crc32 } from 'node:zlib';
import type { LoadedCheckpoint } from '../../usecase/ports/checkpoint-store.ts';
import type { Disk } from '../../usecase/ports/disk.ts';
import { checkpointName, decodeHeader, HEADER_BYTES, isCheckpointName } from './checkpoint-format.ts';

/** Null for one that is not whole. */
export function readCheckpoint(disk: Disk, name: string): LoadedCheckpoint | null {
  const file = disk.openSync(name, 'read');
  try {
    const head = new Uint8Array(HEADER_BYTES);
    if (file.readSync(head, 0) < HEADER_BYTES) return null;
    const header = decodeHeader(head, name);
    if (header === null || checkpointName(header.position) !== name) return null;
    // The rest of the file is what was left of the spare.
    if (header.contentLength > file.sizeSync() - HEADER_BYTES) return null;
    const bytes = new Uint8Array(header.contentLength);
    if (file.readSync(bytes, HEADER_BYTES) < bytes.length || crc32(bytes) !== header.contentCrc) return null;
    return { position: header.position, timeMs: header.timeMs, bytes };
  } catch (error) {
    // A sector that cannot be read is damage like any other; every other error is about more than this file.
    if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
    return null;
  } finally {
    file.close();
  }
}

/** The newest that is whole, or null. The broker that owns the folder may remove one while it is looked for. */
export function newestCheckpoint(disk: Disk): LoadedCheckpoint | null {
  const names = disk.listSync().filter(isCheckpointName);
  for (const name of [...names].sort().reverse()) {
    try {
      const checkpoint = readCheckpoint(disk, name);
      if (checkpoint !== null) return checkpoint;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return null;
}
