// One segment as the running journal knows it: where its groups stand, what keeps it alive, and how far it has come.
//
//   planned --> ready --> (active: groups are appended) --> sealing --> sealed
//
// A segment is planned before its file exists, so that groups can be placed in it at once; nothing is written to it
// before it is ready, that is, zero-filled, synced and named durably.

import { invariant } from '../../domain/assert.ts';
import type { DiskFile } from '../../usecase/ports/disk.ts';
import {
  footerBytes,
  groupsEndMax,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentName,
  TRAILER_BYTES,
} from './format/layout.ts';

export type SegmentPhase = 'planned' | 'ready' | 'sealing' | 'sealed';

export class Segment {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  readonly salt: number;
  phase: SegmentPhase;
  /** Open while it is written to, and for a while after it was read. */
  file: DiskFile | null = null;

  /** Position of its first group; that of the next group to come while it has none. */
  first: number;
  /** Where the next group goes; behind the last one. */
  end = SEGMENT_HEADER_BYTES;
  #groups = 0;
  /** Pairs: offset in sectors, length of the metas. */
  #directory: Uint32Array = new Uint32Array(32);

  /** Block bytes, and entries, that the core still needs. */
  liveBytes = 0;
  liveEntries = 0;
  /** Reads under way. */
  pins = 0;

  constructor(id: number, bytes: number, salt: number, phase: SegmentPhase, first: number) {
    this.id = id;
    this.name = segmentName(id);
    this.bytes = bytes;
    this.salt = salt;
    this.phase = phase;
    this.first = first;
  }

  get groups(): number {
    return this.#groups;
  }

  /** Position of its last group; `first - 1` while it has none. */
  get last(): number {
    return this.first + this.#groups - 1;
  }

  /** Bytes that groups can still take. */
  get room(): number {
    return Math.max(0, groupsEndMax(this.bytes, this.#groups + 1) - this.end);
  }

  /** What an empty segment of its size takes. */
  get capacity(): number {
    return this.bytes - SEGMENT_HEADER_BYTES - TRAILER_BYTES - footerBytes(1);
  }

  fits(groupBytes: number): boolean {
    return this.end + groupBytes <= groupsEndMax(this.bytes, this.#groups + 1);
  }

  /** Takes the next group and gives its offset. */
  append(groupBytes: number, metaLength: number): number {
    const offset = this.end;
    const at = this.#groups * 2;
    if (at === this.#directory.length) {
      const grown = new Uint32Array(at * 2);
      grown.set(this.#directory);
      this.#directory = grown;
    }
    this.#directory[at] = offset / SECTOR_BYTES;
    this.#directory[at + 1] = metaLength;
    this.#groups += 1;
    this.end = offset + groupBytes;
    return offset;
  }

  /** The directory as recovery found it. */
  restore(directory: Uint32Array, end: number): void {
    this.#directory = directory.length === 0 ? new Uint32Array(32) : directory;
    this.#groups = directory.length / 2;
    this.end = end;
  }

  get directory(): Uint32Array {
    return this.#directory.subarray(0, this.#groups * 2);
  }

  holds(position: number): boolean {
    return position >= this.first && position <= this.last;
  }

  offsetOf(position: number): number {
    invariant(this.holds(position), `segment ${this.id} holds position ${position}`);
    return (this.#directory[(position - this.first) * 2] as number) * SECTOR_BYTES;
  }

  metaLengthOf(position: number): number {
    return this.#directory[(position - this.first) * 2 + 1] as number;
  }

  /** Where the group ends, padding included. */
  endOf(position: number): number {
    return position === this.last ? this.end : this.offsetOf(position + 1);
  }
}
