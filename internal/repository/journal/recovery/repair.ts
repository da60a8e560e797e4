// Makes the judged end of the journal safe to append to, before the first append. Each step may be cut short by a
// crash and is simply done again by the next start.

import type { Disk, DiskFile } from '../../../usecase/ports/disk.ts';
import { footerBytes, isPreparingName, TRAILER_BYTES } from '../format/layout.ts';
import type { Segment } from '../segment.ts';
import type { JudgedJournal } from './judge-journal.ts';

const CHUNK_BYTES = 1024 * 1024;

export function repairJournal(disk: Disk, judged: JudgedJournal): void {
  for (const name of disk.listSync()) if (isPreparingName(name)) disk.removeSync(name);
  // Also makes the names of spares safe that an earlier start had not synced yet.
  disk.syncFolderSync();
  const { walked } = judged;
  if (walked === null) return;
  const { segment, tornFrom } = walked;
  const file = disk.openSync(segment.name, 'readwrite');
  try {
    if (tornFrom !== null) zeroFrom(file, tornFrom, segment.bytes);
    rewriteUnmarked(file, segment, judged.mark);
    // What was found counts as durable from now on, so it must be: the end of a process leaves pages unsynced.
    file.syncSync();
  } finally {
    file.close();
  }
}

/** A torn tail must not be there when a later crash is judged: its remains could be taken for groups to come. */
function zeroFrom(file: DiskFile, from: number, end: number): void {
  const zeros = new Uint8Array(CHUNK_BYTES);
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let offset = from; offset < end; offset += CHUNK_BYTES) {
    const read = chunk.subarray(0, Math.min(CHUNK_BYTES, end - offset));
    file.readSync(read, offset);
    const blank = zeros.subarray(0, read.length);
    if (Buffer.compare(read, blank) !== 0) file.writeSync(blank, offset);
  }
}

/**
 * Groups above the mark are written once more, as they are. After a failed sync the system may show pages that never
 * reached the disk and take them for clean: only a new write makes the sync that follows mean something.
 */
function rewriteUnmarked(file: DiskFile, segment: Segment, mark: number): void {
  const first = Math.max(segment.first, mark + 1);
  const from = first <= segment.last ? segment.offsetOf(first) : segment.end;
  const sealed = segment.phase === 'sealed';
  rewrite(file, from, sealed ? segment.end + footerBytes(segment.groups) : segment.end);
  if (sealed) rewrite(file, segment.bytes - TRAILER_BYTES, segment.bytes);
}

function rewrite(file: DiskFile, from: number, end: number): void {
  for (let offset = from; offset < end; ) {
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, end - offset));
    file.readSync(bytes, offset);
    file.writeSync(bytes, offset);
    offset += bytes.length;
  }
}
