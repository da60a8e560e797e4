// Copies the journal's files from beside the broker that writes them: what was durable at the pin, byte for byte, and
// nothing behind it. Why that is sound while the broker goes on:
//   - the segments before the last were sealed and synced before the last was begun: they do not change any more;
//   - in the last one, bytes up to the end of the pinned group were synced, and are never written again while it runs;
//     behind them a round may be under way, whose pieces come in any order: a mark may stand there before the group that
//     it speaks of. So these bytes are not read at all; the copy has zeros in their place, as if nothing had been written;
//   - a checkpoint has its name only when it is whole, and the pin keeps the newest of its moment.

import type { Disk } from '../../usecase/ports/disk.ts';
import type { JournalPin } from '../../usecase/ports/journal.ts';
import { isCheckpointName } from '../checkpoint/checkpoint-format.ts';
import { segmentName } from '../journal/format/layout.ts';
import { copied, openFile } from './disk-steps.ts';

/** What a pin said that there is. */
export interface PinnedExtent extends Pick<JournalPin, 'firstSegment' | 'lastSegment' | 'lastBytes'> {
  readonly position: number;
}

export interface Copied {
  readonly files: number;
  readonly bytes: number;
}

export const sum = (parts: readonly Copied[]): Copied => ({
  files: parts.reduce((total, { files }) => total + files, 0),
  bytes: parts.reduce((total, { bytes }) => total + bytes, 0),
});

export async function copyJournal(from: Disk, to: Disk, extent: PinnedExtent, signal: AbortSignal): Promise<Copied> {
  const parts: Copied[] = [];
  // First, since of the two that there may be the older one goes when a checkpoint ends that was under way at the pin.
  for (const name of checkpointsUpTo(from, extent.position)) {
    const bytes = await copyWhole(from, to, name, signal);
    if (bytes !== null) parts.push({ files: 1, bytes });
  }
  for (let id = extent.firstSegment; id <= extent.lastSegment; id += 1) {
    parts.push({ files: 1, bytes: await copySegment(from, to, id, extent, signal) });
  }
  return sum(parts);
}

/** The newest first. A later one would be ahead of the segments that are copied. */
const checkpointsUpTo = (disk: Disk, position: number): readonly string[] =>
  disk
    .listSync()
    .filter((name) => isCheckpointName(name) && Number.parseInt(name, 10) <= position)
    .sort()
    .reverse();

/** Null for one that is gone. */
async function copyWhole(from: Disk, to: Disk, name: string, signal: AbortSignal): Promise<number | null> {
  const source = await openFile(from, name).catch((error: unknown) => {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return null;
    throw error;
  });
  if (source === null) return null;
  try {
    return await copied(to, name, signal, (target) => target.copy(source, source.sizeSync()));
  } finally {
    source.close();
  }
}

async function copySegment(
  from: Disk,
  to: Disk,
  id: number,
  { lastSegment, lastBytes }: PinnedExtent,
  signal: AbortSignal,
): Promise<number> {
  const source = await openFile(from, segmentName(id));
  try {
    const size = source.sizeSync();
    const held = id === lastSegment ? lastBytes : size;
    return await copied(to, segmentName(id), signal, async (target) => {
      await target.copy(source, held);
      await target.zeros(size - held);
    });
  } finally {
    source.close();
  }
}
