// A segment file at start-up: its frame judged, its groups walked. Reads only.

import type { Disk, DiskFile } from '../../../usecase/ports/disk.ts';
import { corruptJournal, formatTooNew } from '../corrupt-journal.ts';
import {
  decodeGroupHeader,
  type GroupHeader,
  groupBytes,
  metaLengthAt,
  verifiedBodies,
} from '../format/group-header.ts';
import {
  bad,
  type Decoded,
  footerBytes,
  GROUP_HEADER_BYTES,
  GROUP_MAGIC,
  SECTOR_BYTES,
  SEGMENT_BYTES_MIN,
  SEGMENT_HEADER_BYTES,
  segmentName,
  TRAILER_BYTES,
} from '../format/layout.ts';
import {
  decodeFooter,
  decodeSegmentHeader,
  decodeTrailer,
  type Footer,
  footerGroupsAt,
  type SegmentHeader,
} from '../format/segment-frame.ts';
import { FileWindow } from './file-window.ts';

/** The footer and where it begins. */
export interface FooterAt {
  readonly footer: Footer;
  readonly offset: number;
}

/** What the walk knows when it begins, or when it stops: the next group's position, offset and predecessor. */
export interface WalkPoint {
  /** 0 while unknown: the first group of the oldest segment says it. */
  readonly next: number;
  readonly offset: number;
  /** Null while unknown. */
  readonly previousCrc: number | null;
}

export interface Walk {
  readonly stop: WalkPoint;
  readonly sight: Decoded<GroupHeader>;
  readonly first: number;
  readonly directory: Uint32Array;
  readonly mark: number;
  readonly lastTimeMs: number;
}

export class SegmentFile {
  readonly name: string;
  readonly header: SegmentHeader;
  readonly footer: FooterAt | null;
  readonly #disk: Disk;
  #window: FileWindow | null = null;

  /** Reads the frame only. Throws when the file is not what was prepared under its name. */
  constructor(disk: Disk, id: number) {
    this.#disk = disk;
    this.name = segmentName(id);
    const file = disk.openSync(this.name, 'read');
    try {
      this.header = this.#readHeader(file, id);
      this.footer = this.#readFooter(file);
    } finally {
      file.close();
    }
  }

  get bytes(): number {
    return this.header.preparedBytes;
  }

  /** Gives back file and buffer; whatever is asked next opens the file again. */
  close(): void {
    this.#window?.close();
    this.#window = null;
  }

  /** What was read so far is not believed any more: a broker may be writing to the file. */
  refresh(): void {
    this.#window?.refresh();
  }

  /** Bytes as they stand in the file; valid until the next question. */
  view(offset: number, length: number): Uint8Array {
    return this.#seen.view(offset, length);
  }

  /** The first sector at or behind `offset` that is not zero, or the segment's size. */
  firstNonZero(offset: number): number {
    return this.#seen.firstNonZero(offset, SECTOR_BYTES);
  }

  get #seen(): FileWindow {
    this.#window ??= new FileWindow(this.#disk.openSync(this.name, 'read'), this.bytes);
    return this.#window;
  }

  /** The group at `offset`, judged with its metas. */
  groupAt(offset: number): Decoded<GroupHeader> {
    const { id, salt } = this.header;
    const start = this.#seen.view(offset, GROUP_HEADER_BYTES);
    if (start.length < GROUP_HEADER_BYTES) return bad('the segment ends here');
    const left = this.bytes - TRAILER_BYTES - offset;
    const wanted = GROUP_HEADER_BYTES + metaLengthAt(start);
    return decodeGroupHeader(wanted > left ? start : this.#seen.view(offset, wanted), id, salt);
  }

  /** Goes from group to group as long as each is whole and follows the one before. */
  walk(from: WalkPoint, withBodies: boolean): Walk {
    let { next, offset, previousCrc } = from;
    let first = next;
    let mark = 0;
    let lastTimeMs = 0;
    const directory: number[] = [];
    for (;;) {
      const sight = this.groupInOrder(offset, next, previousCrc, withBodies);
      if (sight.type === 'newer') throw this.tooNew(offset, sight.version);
      if (sight.type !== 'ok') {
        const stop = { next, offset, previousCrc };
        return { stop, sight, first, directory: Uint32Array.from(directory), mark, lastTimeMs };
      }
      const { position, crc, durableMark, timeMs, metaLength, bodyLength } = sight.value;
      if (first === 0) first = position;
      mark = Math.max(mark, durableMark);
      lastTimeMs = timeMs;
      directory.push(offset / SECTOR_BYTES, metaLength);
      offset += groupBytes(metaLength, bodyLength);
      next = position + 1;
      previousCrc = crc;
    }
  }

  /** The group at `offset`, if it is whole and the one that must follow; 0 and null: whichever it is. */
  groupInOrder(offset: number, next: number, previousCrc: number | null, withBodies: boolean): Decoded<GroupHeader> {
    const sight = this.groupAt(offset);
    if (sight.type !== 'ok') return sight;
    const { position, metaLength, bodyLength } = sight.value;
    if (next !== 0 && position !== next) return bad(`position ${position} stands where ${next} should`);
    if (previousCrc !== null && sight.value.previousCrc !== previousCrc) return bad('the chain of CRCs is broken');
    const size = groupBytes(metaLength, bodyLength);
    if (offset + size > this.bytes - TRAILER_BYTES) return bad('the group reaches beyond the segment');
    if (!withBodies) return sight;
    const group = this.#seen.view(offset, GROUP_HEADER_BYTES + metaLength + bodyLength);
    return verifiedBodies(group, sight.value) === null ? bad('the CRC of the bodies does not fit') : sight;
  }

  /** The highest durable mark of whole groups at or behind `offset`, whatever stands between them. */
  markBehind(offset: number): number {
    let mark = 0;
    let at = this.firstNonZero(offset);
    while (at < this.bytes) {
      const magic = this.#seen.view(at, 4);
      const isGroup = new DataView(magic.buffer, magic.byteOffset, magic.byteLength).getUint32(0, true) === GROUP_MAGIC;
      const sight = isGroup ? this.groupAt(at) : null;
      if (sight?.type === 'ok') {
        mark = Math.max(mark, sight.value.durableMark);
        at += groupBytes(sight.value.metaLength, sight.value.bodyLength);
      } else {
        at += SECTOR_BYTES;
      }
      at = this.firstNonZero(at);
    }
    return mark;
  }

  #readHeader(file: DiskFile, id: number): SegmentHeader {
    const size = file.sizeSync();
    const header = decodeSegmentHeader(bytesAt(file, 0, SEGMENT_HEADER_BYTES), id);
    if (header.type === 'newer') throw this.tooNew(0, header.version);
    if (header.type !== 'ok') throw corruptJournal(this.name, 0, header.type === 'bad' ? header.reason : header.type);
    const { preparedBytes } = header.value;
    if (size !== preparedBytes || preparedBytes < SEGMENT_BYTES_MIN) {
      const reason = `the file has ${size} B and was prepared with ${preparedBytes} B`;
      throw corruptJournal(this.name, Math.min(size, preparedBytes), reason);
    }
    return header.value;
  }

  #readFooter(file: DiskFile): FooterAt | null {
    const { id, salt } = this.header;
    const trailerAt = this.bytes - TRAILER_BYTES;
    const trailer = decodeTrailer(bytesAt(file, trailerAt, TRAILER_BYTES), id, salt);
    if (trailer.type === 'newer') throw this.tooNew(trailerAt, trailer.version);
    if (trailer.type !== 'ok' || trailer.value >= trailerAt) return null;
    const offset = trailer.value;
    const start = bytesAt(file, offset, Math.min(SECTOR_BYTES, trailerAt - offset));
    const wanted = Math.min(footerBytes(footerGroupsAt(start)), trailerAt - offset);
    const footer = decodeFooter(bytesAt(file, offset, wanted), id, salt);
    if (footer.type === 'newer') throw this.tooNew(offset, footer.version);
    return footer.type === 'ok' ? { footer: footer.value, offset } : null;
  }

  tooNew(offset: number, version: number): Error {
    return formatTooNew(this.name, offset, `the format has version ${version}`);
  }
}

function bytesAt(file: DiskFile, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, file.readSync(bytes, offset));
}
