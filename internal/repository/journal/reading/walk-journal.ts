// Goes through the groups of a data folder, oldest first, and changes nothing: also beside the broker that writes them,
// without its lock. That is sound because
//   - a group counts only when its CRCs fit, so that one which is being written does not;
//   - a durable mark covers only what was synced before it was written, and a segment is begun only when the one before
//     it was synced. What is not whole is damage if it still is not when it is read again after such a proof was seen;
//     without a proof it is the end;
//   - segments go from the old end only: one that is not there any more when its turn comes was trimmed.
// It ends at the latest in what was the newest segment when it began. Memory: a window, or the largest group.

import type { Disk } from '../../../usecase/ports/disk.ts';
import type { ReplayedGroup } from '../../../usecase/ports/journal.ts';
import { corruptJournal, missingFile } from '../corrupt-journal.ts';
import { type GroupHeader, groupBytes, verifiedBodies } from '../format/group-header.ts';
import { GROUP_HEADER_BYTES, SEGMENT_HEADER_BYTES, segmentIdOf, segmentName } from '../format/layout.ts';
import { decodedGroup } from '../recovery/replay.ts';
import { SegmentFile } from '../recovery/segment-file.ts';

export interface WalkedGroup extends ReplayedGroup {
  /** All at or below was on disk when this was written. */
  readonly durableMark: number;
  /**
   * The blocks, back to back; valid until the walk goes on. Null where nobody wants them, and where they are `damaged`.
   */
  readonly blocks: Uint8Array | null;
  readonly damaged: boolean;
}

export interface WalkOptions {
  readonly disk: Disk;
  /** How refusals call the folder. */
  readonly folder: string;
  /** Which groups' blocks are wanted; those of others are not read. */
  readonly wantsBlocks: (position: number) => boolean;
}

/** What shows that a group which is not whole once was. */
interface Proof {
  /** The next segment was begun. */
  readonly closed: boolean;
  /** The highest durable mark. */
  readonly mark: number;
}

/** Of the segments that are there, oldest first. */
export const segmentIds = (disk: Disk): readonly number[] =>
  disk
    .listSync()
    .flatMap((name) => segmentIdOf(name) ?? [])
    .sort((a, b) => a - b);

/** Throws CORRUPT_JOURNAL or FORMAT_TOO_NEW behind the last group that is whole. */
export const walkJournal = (options: WalkOptions): Generator<WalkedGroup, void> => new Walk(options).groups();

class Walk {
  readonly #options: WalkOptions;
  /** Position of the next group; 0 while unknown: the first one of the oldest segment says it. */
  #next = 0;
  #previousCrc: number | null = null;
  #mark = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  *groups(): Generator<WalkedGroup, void> {
    const { disk, folder } = this.#options;
    const [first = 0, ...others] = segmentIds(disk);
    const last = others.at(-1) ?? first;
    for (let id = first; id > 0 && id <= last; id += 1) {
      const file = this.#open(id);
      if (file === null) {
        const oldest = segmentIds(disk)[0] ?? last + 1;
        if (oldest <= id) throw missingFile(folder, segmentName(id), 'segments before and behind it are there');
        id = oldest - 1;
        this.#next = 0;
        this.#previousCrc = null;
        continue;
      }
      try {
        if (id === 1) this.#next = 1;
        if (id === 1) this.#previousCrc = 0;
        if (!(yield* this.#segment(file))) return;
      } finally {
        file.close();
      }
    }
  }

  /** Null when it is gone. */
  #open(id: number): SegmentFile | null {
    try {
      const file = new SegmentFile(this.#options.disk, id);
      file.view(0, 1);
      return file;
    } catch (error) {
      if ((error as { readonly code?: unknown }).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Whether the journal goes on in the next segment. */
  *#segment(file: SegmentFile): Generator<WalkedGroup, boolean> {
    for (let offset = SEGMENT_HEADER_BYTES; ; ) {
      const header = this.#headerAt(file, offset);
      if (typeof header === 'boolean') return header;
      const group = this.#groupAt(file, offset, header);
      if (group === null) return false;
      this.#next = header.position + 1;
      this.#previousCrc = header.crc;
      this.#mark = Math.max(this.#mark, header.durableMark);
      offset += groupBytes(header.metaLength, header.bodyLength);
      yield group;
    }
  }

  /** The header of the next group; where there is none, whether the journal goes on in the next segment. */
  #headerAt(file: SegmentFile, offset: number): GroupHeader | boolean {
    const look = () => file.groupInOrder(offset, this.#next, this.#previousCrc, false);
    const first = look();
    if (first.type === 'ok') return first.value;
    const { closed, mark } = this.#proof(file, offset);
    file.refresh();
    const sight = look();
    if (sight.type === 'ok') return sight.value;
    if (sight.type === 'newer') throw file.tooNew(offset, sight.version);
    if (closed && this.#goesOn(file)) return true;
    if (!closed && this.#next > mark) return false;
    const reason = sight.type === 'bad' ? sight.reason : 'the group is blank';
    throw corruptJournal(file.name, offset, `position ${this.#next}: ${reason}`);
  }

  /** Null when it is still being written, or never was to its end. */
  #groupAt(file: SegmentFile, offset: number, header: GroupHeader): WalkedGroup | null {
    const { position, metaLength, bodyLength, durableMark } = header;
    const metaEnd = GROUP_HEADER_BYTES + metaLength;
    const wanted = this.#options.wantsBlocks(position);
    const look = () => verifiedBodies(file.view(offset, metaEnd + bodyLength), header);
    let blocks = wanted ? look() : null;
    if (wanted && blocks === null) {
      const { closed, mark } = this.#proof(file, offset);
      file.refresh();
      blocks = look();
      if (blocks === null && !closed && position > mark) return null;
    }
    const bytes = file.view(offset, blocks === null ? metaEnd : metaEnd + bodyLength);
    const group = decodedGroup(file.name, offset, header, bytes, () => true);
    return { ...group, durableMark, blocks, damaged: wanted && blocks === null };
  }

  #proof(file: SegmentFile, offset: number): Proof {
    const successor = this.#open(file.header.id + 1);
    if (successor === null && this.#isBehind(file)) return { closed: true, mark: this.#mark };
    try {
      const closed = successor !== null && successor.firstNonZero(SEGMENT_HEADER_BYTES) < successor.bytes;
      if (closed) return { closed, mark: this.#mark };
      return { closed, mark: Math.max(this.#mark, file.footer?.footer.durableMark ?? 0, file.markBehind(offset)) };
    } finally {
      successor?.close();
    }
  }

  /** The segment was trimmed, and the next one too, or that is missing: there are others behind it. */
  #isBehind(file: SegmentFile): boolean {
    return segmentIds(this.#options.disk).some((id) => id > file.header.id + 1);
  }

  /** Of a segment that is closed: its groups reach to its end, by its footer or by what the next one begins with. */
  #goesOn(file: SegmentFile): boolean {
    const again = this.#open(file.header.id);
    const next = this.#open(file.header.id + 1);
    if (next === null) return true;
    try {
      const footer = again?.footer?.footer;
      if (footer !== undefined) {
        const last = footer.first + footer.directory.length / 2;
        if (last === this.#next && footer.lastCrc === (this.#previousCrc ?? 0)) return true;
      }
      const group = next.groupAt(SEGMENT_HEADER_BYTES);
      return (
        group.type === 'ok' && group.value.position === this.#next && group.value.previousCrc === this.#previousCrc
      );
    } finally {
      again?.close();
      next.close();
    }
  }
}
