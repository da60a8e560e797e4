// Reads bodies back: one read of neighbouring groups, each verified, header, metas and bodies, before any is handed
// out. A segment is pinned while it is read, so that trimming waits.

import { invariant } from '../../../domain/assert.ts';
import { asPosition } from '../../../domain/ids.ts';
import type { Disk, DiskFile } from '../../../usecase/ports/disk.ts';
import type { GroupBodies } from '../../../usecase/ports/journal.ts';
import { corruptJournal } from '../corrupt-journal.ts';
import { decodeGroupHeader, verifiedBodies } from '../format/group-header.ts';
import type { Segment } from '../segment.ts';

/** Less is not worth a trip to the disk. */
const READ_BYTES_MIN = 256 * 1024;
/** Files kept open after they were read. */
const OPEN_FILES_MAX = 16;

export type ReadDone = (error: Error | null, groups: readonly GroupBodies[]) => void;

export class SegmentReader {
  readonly #disk: Disk;
  readonly #onUnpinned: () => void;
  /** Sealed segments with an open file, least recently read first. */
  readonly #open = new Set<Segment>();
  readonly #opening = new Map<Segment, ((error: Error | null, file: DiskFile | null) => void)[]>();
  #reads = 0;

  constructor(disk: Disk, onUnpinned: () => void) {
    this.#disk = disk;
    this.#onUnpinned = onUnpinned;
  }

  get reads(): number {
    return this.#reads;
  }

  /** `through` is the last position that may be read. */
  read(segment: Segment, from: number, through: number, bytes: number, done: ReadDone): void {
    const start = segment.offsetOf(from);
    const most = Math.max(bytes, READ_BYTES_MIN);
    let last = from;
    while (last < through && segment.endOf(last + 1) - start <= most) last += 1;
    const end = segment.endOf(last);
    segment.pins += 1;
    this.#reads += 1;
    const finish: ReadDone = (error, groups) => {
      segment.pins -= 1;
      this.#reads -= 1;
      done(error, groups);
      this.#onUnpinned();
    };
    this.#file(segment, (openError, file) => {
      if (file === null) return finish(openError, []);
      const buffer = new Uint8Array(end - start);
      file.read(buffer, start, (error, bytesRead) => {
        if (error !== null) return finish(error, []);
        try {
          finish(null, verified(segment, from, last, buffer.subarray(0, bytesRead)));
        } catch (damage) {
          finish(damage as Error, []);
        }
      });
    });
  }

  /** Forgets the segment's file: it is about to be removed. */
  close(segment: Segment): void {
    this.#open.delete(segment);
    segment.file?.close();
    segment.file = null;
  }

  #file(segment: Segment, done: (error: Error | null, file: DiskFile | null) => void): void {
    if (segment.phase === 'sealed') this.keep(segment);
    if (segment.file !== null) return done(null, segment.file);
    const waiting = this.#opening.get(segment);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    const callers = [done];
    this.#opening.set(segment, callers);
    this.#disk.open(segment.name, 'read', (error, file) => {
      this.#opening.delete(segment);
      segment.file = file;
      for (const caller of callers) caller(error, file);
    });
  }

  /** Counts a sealed segment's open file among those that may be closed. */
  keep(segment: Segment): void {
    this.#open.delete(segment);
    this.#open.add(segment);
    if (this.#open.size <= OPEN_FILES_MAX) return;
    for (const idle of this.#open) {
      if (idle.pins === 0) return this.close(idle);
    }
  }
}

function verified(segment: Segment, from: number, last: number, bytes: Uint8Array): readonly GroupBodies[] {
  const start = segment.offsetOf(from);
  const groups: GroupBodies[] = [];
  for (let position = from; position <= last; position += 1) {
    const offset = segment.offsetOf(position);
    const group = bytes.subarray(offset - start, segment.endOf(position) - start);
    const header = decodeGroupHeader(group, segment.id, segment.salt);
    const what = `the group of position ${position}`;
    if (header.type !== 'ok') {
      throw corruptJournal(segment.name, offset, `${what}: ${header.type === 'bad' ? header.reason : header.type}`);
    }
    if (header.value.position !== position) throw corruptJournal(segment.name, offset, `${what} is another one`);
    const bodies = verifiedBodies(group, header.value);
    if (bodies === null) throw corruptJournal(segment.name, offset, `${what}: the CRC of the bodies does not fit`);
    groups.push({ position: asPosition(position), bodies });
  }
  invariant(groups.length > 0, 'a read gives at least one group');
  return groups;
}
