// Opens a journal in three steps, so that nothing is changed before everything was found sound:
//   openJournal()  judges all segments        -> refuses damage, and what a newer version wrote
//   replay()       reads the events            -> refuses damage in older groups
//   start()        repairs the end, and begins -> the running journal

import type { TachyonError } from '../../../pkg/protocol/errors.ts';
import { invariant } from '../../domain/assert.ts';
import { asPosition, type Position } from '../../domain/ids.ts';
import type { Journal } from '../../usecase/ports/journal.ts';
import { missingFile } from './corrupt-journal.ts';
import { DiskJournal } from './disk-journal.ts';
import { SECTOR_BYTES, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN, segmentName } from './format/layout.ts';
import type { JournalOptions } from './journal-options.ts';
import { type JudgedJournal, judgeJournal } from './recovery/judge-journal.ts';
import { repairJournal } from './recovery/repair.ts';
import { replaySegments, type Visit } from './recovery/replay.ts';
import { SegmentTable } from './segment-table.ts';

export class OpenedJournal {
  readonly #options: JournalOptions;
  readonly #judged: JudgedJournal;
  readonly #table: SegmentTable;

  constructor(options: JournalOptions, judged: JudgedJournal) {
    this.#options = options;
    this.#judged = judged;
    this.#table = new SegmentTable(judged.segments, judged.tail, judged.last, options.segmentBytes, options.salt);
  }

  /** The oldest position still there; 0 when there is none. */
  get first(): Position {
    return asPosition(this.#judged.first);
  }

  /** The last position found whole; 0 when there is none. */
  get last(): Position {
    return asPosition(this.#judged.last);
  }

  /** Broker time of the last group; 0 when there is none. */
  get lastTimeMs(): number {
    return this.#judged.lastTimeMs;
  }

  /** How the journal ended, as the table of recovery cases calls it. */
  get ending(): string {
    return this.#judged.case?.label ?? 'the journal is empty';
  }

  /** `start` has a tail to zero that was being written when the last process ended. */
  get torn(): boolean {
    return (this.#judged.walked?.tornFrom ?? null) !== null;
  }

  /**
   * Visits all groups, oldest first. Above `fullFrom`, the position of the checkpoint, all events are decoded; at or
   * below only `accepted` and `relocated`. Refuses when the journal does not reach the checkpoint from both sides.
   */
  replay(fullFrom: Position, visit: Visit): void {
    const { first, last } = this.#judged;
    const known =
      fullFrom === 0 ? 'there is no checkpoint to do without it' : `the checkpoint is of position ${fullFrom}`;
    const held = last === 0 ? 'no segment holds anything' : `the segments hold ${first} to ${last}`;
    if (fullFrom > last) throw this.#missing(this.#nextSegment, `${known}, and ${held}`);
    if (first > 0 && fullFrom < first - 1) throw this.#missing(this.#segmentBefore, `${known}, and ${held}`);
    replaySegments(this.#options.disk, this.#judged.segments, fullFrom, visit);
  }

  /**
   * The refusal for what no segment tells of. From the oldest one on all are whole and in order, so it stood in the one
   * before; null when there never was one.
   */
  missing(reason: string): TachyonError | null {
    return this.#segmentBefore === null ? null : this.#missing(this.#segmentBefore, reason);
  }

  /** Null when the oldest segment is the first ever. */
  get #segmentBefore(): string | null {
    const { id } = this.#judged.segments[0] ?? { id: 1 };
    return id === 1 ? null : segmentName(id - 1);
  }

  get #nextSegment(): string | null {
    const newest = this.#judged.segments.at(-1);
    return newest === undefined ? null : segmentName(newest.id + 1);
  }

  #missing(file: string | null, reason: string): TachyonError {
    return missingFile(folderOf(this.#options), file, reason);
  }

  /** The book of live bytes, while the state is rebuilt; the running journal goes on with it. */
  retain(position: Position, bytes: number, entries = 1): void {
    this.#table.retain(position, bytes, entries);
  }

  release(position: Position, bytes: number, entries = 1): void {
    this.#table.release(position, bytes, entries);
  }

  /** Repairs the end, synced, and begins. Call it once, after `replay`. */
  start(): Journal {
    const { disk } = this.#options;
    const { last, lastCrc, lastTimeMs, mark } = this.#judged;
    repairJournal(disk, this.#judged);
    const { tail } = this.#table;
    for (const segment of this.#table.segments) {
      if (segment.phase === 'ready') segment.file = disk.openSync(segment.name, 'readwrite');
    }
    invariant(tail.first + tail.groups === last + 1, `the tail goes on behind position ${last}`);
    return new DiskJournal(this.#options, { table: this.#table, last, lastTimeMs, lastCrc, mark });
  }
}

const folderOf = ({ folder }: JournalOptions): string => folder ?? 'the data folder';

/** Sizes are in whole sectors: a segment is at most 511 bytes smaller than was asked for. */
export function openJournal(options: JournalOptions): OpenedJournal {
  const segmentBytes = options.segmentBytes - (options.segmentBytes % SECTOR_BYTES);
  const fits = segmentBytes >= SEGMENT_BYTES_MIN && segmentBytes <= SEGMENT_BYTES_MAX;
  invariant(fits, `a segment of ${options.segmentBytes} B is possible`);
  return new OpenedJournal({ ...options, segmentBytes }, judgeJournal(options.disk, folderOf(options)));
}
