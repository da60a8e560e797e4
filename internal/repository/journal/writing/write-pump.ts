// Brings groups to the disk: one round writes all that is pending in one segment, then syncs once, then moves
// `durable`. While a sync runs the next groups gather, so that the slower the disk, the larger the rounds.
//
// Rules on which recovery relies:
// - Nothing is written to a segment before the one before it is whole, footer included, and synced.
// - `durable` moves only after a sync that began after all writes of its round had completed.
// - A failed write or sync is final: no second try, nothing durable after it.
// - Each header says what was durable when it left: everything at or below that mark must be found intact.

import { TachyonError } from '../../../../pkg/protocol/errors.ts';
import { invariant } from '../../../domain/assert.ts';
import type { DiskFile } from '../../../usecase/ports/disk.ts';
import type { JournalRound } from '../../../usecase/ports/journal.ts';
import { encodeGroupHeader } from '../format/group-header.ts';
import { TRAILER_BYTES } from '../format/layout.ts';
import { encodeFooter, encodeTrailer } from '../format/segment-frame.ts';
import type { Segment } from '../segment.ts';
import type { SegmentTable } from '../segment-table.ts';
import { joinedPieces } from './arena.ts';
import type { BuiltGroup } from './group-builder.ts';

export interface PlacedGroup extends BuiltGroup {
  readonly position: number;
  readonly timeMs: number;
  readonly segment: Segment;
  readonly offset: number;
}

interface Piece {
  bytes: Uint8Array;
  readonly offset: number;
}

export interface PumpState {
  readonly segment: Segment;
  readonly durable: number;
  /** The highest mark that is on disk. */
  readonly mark: number;
  readonly lastCrc: number;
  readonly lastTimeMs: number;
}

export interface PumpOptions {
  readonly table: SegmentTable;
  readonly from: PumpState;
  readonly writeHereBytesMax: number | undefined;
  /** A round is on disk; `syncMs` is what its sync took. */
  readonly onRound: (round: JournalRound) => void;
  readonly onSealed: (segment: Segment) => void;
  readonly onFailure: (error: Error) => void;
}

/** Rounds up to this size are those of few messages, of which somebody waits for each. */
const WRITE_HERE_BYTES_MAX = 16 * 1024;

const bytesOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** What stands together in memory, and so on the disk, is one write. */
function append(pieces: Piece[], bytes: Uint8Array, offset: number): void {
  if (bytes.length === 0) return;
  const last = pieces.at(-1);
  const joined = last === undefined ? null : joinedPieces(last.bytes, bytes);
  if (last === undefined || joined === null) pieces.push({ bytes, offset });
  else last.bytes = joined;
}

export class WritePump {
  readonly #options: PumpOptions;
  #pending: PlacedGroup[] = [];
  #segment: Segment;
  #requested: number;
  #durable: number;
  #mark: number;
  #lastCrc: number;
  #lastTimeMs: number;
  /** The highest durable position that carries events: what the mark on disk should reach. */
  #worthMarking: number;
  #busy = false;
  #failed = false;

  constructor(options: PumpOptions) {
    const { segment, durable, mark, lastCrc, lastTimeMs } = options.from;
    this.#options = options;
    this.#segment = segment;
    this.#requested = durable;
    this.#durable = durable;
    this.#worthMarking = durable;
    this.#mark = mark;
    this.#lastCrc = lastCrc;
    this.#lastTimeMs = lastTimeMs;
  }

  get durable(): number {
    return this.#durable;
  }

  /** Nothing is pending or under way. */
  get idle(): boolean {
    return !this.#busy && this.#pending.length === 0;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** What is durable is known as such by more than memory. */
  get marked(): boolean {
    return this.#mark >= this.#worthMarking;
  }

  enqueue(group: PlacedGroup): void {
    this.#pending.push(group);
  }

  /** Everything up to `position` is waited for: a round starts as soon as the disk is free. */
  request(position: number): void {
    if (position > this.#requested) this.#requested = position;
    this.run();
  }

  /** Also called when a segment became ready. */
  run(): void {
    const segment = this.#segment;
    if (this.#busy || this.#failed || this.#durable >= this.#requested || segment.phase === 'planned') return;
    const beyond = this.#pending.findIndex((group) => group.segment !== segment);
    const groups = beyond < 0 ? this.#pending : this.#pending.slice(0, beyond);
    this.#pending = beyond < 0 ? [] : this.#pending.slice(beyond);
    const pieces = this.#stamp(groups);
    const seals = this.#options.table.tail !== segment;
    if (seals) this.#seal(segment, pieces);
    const { file } = segment;
    invariant(file !== null, `segment ${segment.id} is open for writing`);
    this.#busy = true;
    this.#write(file, pieces, () => this.#sync(file, segment, groups, pieces, seals));
  }

  /** Writes the headers, now that mark and chain are known, and joins what stands together. */
  #stamp(groups: readonly PlacedGroup[]): Piece[] {
    const pieces: Piece[] = [];
    for (const group of groups) {
      const { segment, position, timeMs, metaLength, bodies, bodyCrc, eventCount } = group;
      this.#lastCrc = encodeGroupHeader(
        group.pieces[0] as Uint8Array,
        {
          segment: segment.id,
          position,
          durableMark: this.#durable,
          timeMs,
          metaLength,
          bodyLength: bodies.length,
          bodyCrc,
          previousCrc: this.#lastCrc,
          eventCount,
        },
        segment.salt,
      );
      this.#lastTimeMs = timeMs;
      let { offset } = group;
      for (const bytes of group.pieces) {
        append(pieces, bytes, offset);
        offset += bytes.length;
      }
    }
    return pieces;
  }

  #seal(segment: Segment, pieces: Piece[]): void {
    segment.phase = 'sealing';
    const { id, first, directory, end, salt } = segment;
    const footer = encodeFooter(
      {
        segment: id,
        first,
        durableMark: this.#durable,
        timeMs: this.#lastTimeMs,
        lastCrc: this.#lastCrc,
        directory,
      },
      salt,
    );
    pieces.push({ bytes: footer, offset: end });
    pieces.push({ bytes: encodeTrailer(id, end, salt), offset: segment.bytes - TRAILER_BYTES });
  }

  #write(file: DiskFile, pieces: readonly Piece[], done: () => void): void {
    if (bytesOf(pieces) <= (this.#options.writeHereBytesMax ?? WRITE_HERE_BYTES_MAX))
      return this.#writeHere(file, pieces, done);
    let left = pieces.length;
    for (const piece of pieces) {
      file.write(piece.bytes, piece.offset, (error) => {
        left -= 1;
        if (error !== null) this.#fail(error);
        else if (left === 0 && !this.#failed) done();
      });
    }
  }

  /** Into the system's memory, at once: a way to another thread and back takes several times as long. */
  #writeHere(file: DiskFile, pieces: readonly Piece[], done: () => void): void {
    try {
      for (const { bytes, offset } of pieces) file.writeSync(bytes, offset);
    } catch (error) {
      return this.#fail(error as Error);
    }
    done();
  }

  #sync(
    file: DiskFile,
    segment: Segment,
    groups: readonly PlacedGroup[],
    pieces: readonly Piece[],
    seals: boolean,
  ): void {
    // The mark that this round wrote: `durable` has not moved since.
    const mark = this.#durable;
    const startedMs = performance.now();
    const bytes = bytesOf(pieces);
    file.sync((error) => {
      if (error !== null) return this.#fail(error);
      if (this.#failed) return;
      if (seals) {
        segment.phase = 'sealed';
        this.#options.onSealed(segment);
        this.#segment = this.#options.table.after(segment) as Segment;
      }
      this.#mark = mark;
      const last = groups.at(-1);
      if (last !== undefined) this.#durable = last.position;
      for (const group of groups) if (group.eventCount > 0) this.#worthMarking = group.position;
      this.#busy = false;
      this.#options.onRound({ groups: groups.length, bytes, syncMs: performance.now() - startedMs });
      this.run();
    }, bytes);
  }

  #fail(cause: Error): void {
    if (this.#failed) return;
    this.stop();
    this.#options.onFailure(new TachyonError('DISK_FAILED', `${this.#segment.name}: ${cause.message}`, { cause }));
  }

  /** Nothing is written or confirmed any more. */
  stop(): void {
    this.#failed = true;
    this.#pending = [];
  }
}
