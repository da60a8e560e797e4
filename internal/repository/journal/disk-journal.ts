// The journal on disk: the port's words over builder, segments, pump, preparer, reader and trimmer. Here is only what
// ties them together: which group is open, when a sync must start, what has room, and how it ends.
//
//   add -> builder -(commit, or the bound)-> arena + tail cache + place in a segment -> pump -> disk -> durable

import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { invariant } from '../../domain/assert.ts';
import type { Event } from '../../domain/event.ts';
import { asPosition, type Position } from '../../domain/ids.ts';
import type { GroupBodies, Journal, JournalRoom, JournalStats, Placement } from '../../usecase/ports/journal.ts';
import { GROUP_BYTES_SOFT, groupBytesMax, META_BYTES_MAX } from './format/layout.ts';
import type { JournalOptions, JournalStart } from './journal-options.ts';
import { pinned } from './pinned.ts';
import { type ReadDone, SegmentReader } from './reading/segment-reader.ts';
import { TailCache } from './reading/tail-cache.ts';
import { RoomGauge } from './room-gauge.ts';
import { RoundStats } from './round-stats.ts';
import type { SegmentTable } from './segment-table.ts';
import { Trimmer } from './trimmer.ts';
import { Arena } from './writing/arena.ts';
import { GroupBuilder } from './writing/group-builder.ts';
import { SegmentPreparer } from './writing/segment-preparer.ts';
import { WritePump } from './writing/write-pump.ts';

/** Groups that nobody waits for ride with the next sync, which starts at most so much later. */
const LAZY_SYNC_MS = 5;
/** On a full disk: many settlements share a group, so that settling takes less than it frees. */
const FULL_SYNC_MS = 50;
/** An idle journal writes its mark within 50 ms of the last move: half for the timer, half for the sync. */
const MARK_AFTER_MS = 25;

export class DiskJournal implements Journal {
  readonly durability = 'disk';
  readonly #options: JournalOptions;
  readonly #table: SegmentTable;
  readonly #builder = new GroupBuilder();
  readonly #arena = new Arena();
  readonly #cache: TailCache;
  readonly #pump: WritePump;
  readonly #preparer: SegmentPreparer;
  readonly #reader: SegmentReader;
  readonly #trimmer: Trimmer;
  readonly #gauge: RoomGauge;
  readonly #rounds = new RoundStats();

  readonly #groupBytesMax: number;
  readonly #groupBytesSoft: number;

  #timeMs: number;
  #cancelLazy: (() => void) | null = null;
  #cancelMark: (() => void) | null = null;
  #groups = 0;
  #failure: Error | null = null;
  #closing: ((error: Error | null) => void) | null = null;

  readonly #durableListeners: ((position: Position) => void)[] = [];
  readonly #failureListeners: ((error: Error) => void)[] = [];

  constructor(options: JournalOptions, start: JournalStart) {
    const { disk, timers, retryMs } = options;
    const { table } = start;
    this.#options = options;
    this.#table = table;
    this.#timeMs = start.lastTimeMs;
    this.#groupBytesMax = groupBytesMax(options.segmentBytes);
    this.#groupBytesSoft = Math.min(GROUP_BYTES_SOFT, this.#groupBytesMax);
    this.#cache = new TailCache(options.tailCacheBytes, start.last + 1);
    const onFailure = (error: Error): void => this.#failed(error);
    this.#reader = new SegmentReader(disk, () => {
      this.#trimmer.run();
      this.#finishClosing();
    });
    this.#preparer = new SegmentPreparer({
      disk,
      timers,
      table,
      retryMs,
      diskBytesMax: options.diskBytesMax ?? 0,
      short: () => this.#gauge.leftBytes < table.segmentBytes / 2,
      onChange: () => this.#roomChanged(),
      onFailure,
    });
    this.#trimmer = new Trimmer({
      disk,
      timers,
      table,
      retryMs,
      durable: () => this.#pump.durable,
      closeFile: (segment) => this.#reader.close(segment),
      onTrimmed: () => this.#roomChanged(),
      onFailure,
    });
    this.#pump = new WritePump({
      table,
      writeHereBytesMax: options.writeHereBytesMax,
      from: {
        segment: table.tail,
        durable: start.last,
        mark: start.mark,
        lastCrc: start.lastCrc,
        lastTimeMs: start.lastTimeMs,
      },
      onRound: (round) => {
        this.#rounds.add(round);
        this.#rounded();
      },
      onSealed: (segment) => this.#reader.keep(segment),
      onFailure,
    });
    this.#gauge = new RoomGauge(
      table,
      () => (this.#builder.events === 0 ? 0 : this.#builder.bytes),
      () => this.#preparer.blocked,
    );
    this.#preparer.ensure();
    this.#markWhenIdle();
  }

  // --- appending ---

  add(event: Event, blocks: readonly Uint8Array[], timeMs: number): Placement {
    let blockBytes = 0;
    for (const block of blocks) blockBytes += block.length;
    const size = this.#stage(event, blockBytes);
    if (this.#builder.events > 0 && size > this.#groupBytesSoft) this.#closeGroup();
    if (this.#builder.events === 0) this.#timeMs = timeMs;
    const offset = this.#builder.bodyLength;
    this.#builder.take(blocks);
    return { position: asPosition(this.#table.last + 1), offset, timeMs: this.#timeMs };
  }

  /** Encodes the event without adding it; an event that cannot be written leaves no trace. */
  #stage(event: Event, blockBytes: number): number {
    try {
      const size = this.#builder.stage(event, blockBytes);
      const alone = this.#builder.stagedAlone(blockBytes);
      const most = this.#groupBytesMax;
      const metas = this.#builder.stagedMetaLength;
      invariant(metas <= META_BYTES_MAX, `an event of ${metas} B without its blocks stays below ${META_BYTES_MAX} B`);
      invariant(alone <= most, `an event of ${alone} B fits a group of ${most} B`);
      return size;
    } catch (error) {
      this.#builder.unstage();
      throw error;
    }
  }

  commit(urgent: boolean): Position {
    // A group with blocks is closed in its turn: who wants them finds them by its position.
    const stays = !urgent && this.#builder.bodyLength === 0 && this.#preparer.blocked !== null;
    if (this.#builder.events > 0 && !stays) this.#closeGroup();
    const position = this.#table.last + (this.#builder.events > 0 ? 1 : 0);
    if (position > this.#pump.durable && !this.#pump.failed) {
      if (urgent) this.#sync();
      else this.#cancelLazy ??= this.#options.timers.after(stays ? FULL_SYNC_MS : LAZY_SYNC_MS, () => this.#sync());
    }
    return asPosition(position);
  }

  #sync(): void {
    this.#cancelLazy?.();
    this.#cancelLazy = null;
    if (this.#builder.events > 0) this.#closeGroup();
    this.#pump.request(this.#table.last);
  }

  /** The open group, also an empty one, gets its bytes and its place. */
  #closeGroup(): void {
    const table = this.#table;
    const built = this.#builder.finish(this.#arena);
    const before = table.tail;
    const placed = table.place(built.size, built.metaLength);
    if (placed.segment !== before) this.#preparer.ensure();
    this.#cache.push(built.bodies, built.size);
    this.#groups += 1;
    this.#pump.enqueue({ ...built, ...placed, timeMs: this.#timeMs });
  }

  // --- durability ---

  get durable(): Position {
    return asPosition(this.#pump.durable);
  }

  onDurable(listener: (position: Position) => void): void {
    this.#durableListeners.push(listener);
  }

  onFailure(listener: (error: Error) => void): void {
    this.#failureListeners.push(listener);
  }

  readonly onRound: Journal['onRound'] = (listener) => this.#rounds.onRound(listener);

  #rounded(): void {
    this.#cache.trim(this.#pump.durable);
    for (const listener of this.#durableListeners) listener(this.durable);
    this.#trimmer.run();
    if (this.#preparer.blocked !== null) this.#preparer.ensure();
    this.#gauge.tell();
    this.#markWhenIdle();
    this.#finishClosing();
  }

  /** When the last durable move is not on disk as a mark, and nothing else will bring it there, a mark alone does. */
  #markWhenIdle(): void {
    this.#cancelMark?.();
    this.#cancelMark = null;
    if (this.#pump.marked || !this.#pump.idle || this.#pump.failed) return;
    this.#cancelMark = this.#options.timers.after(MARK_AFTER_MS, () => {
      this.#cancelMark = null;
      this.#writeMark();
    });
  }

  #writeMark(): void {
    if (this.#pump.marked || !this.#pump.idle || this.#builder.events > 0) return;
    // Not out of the reserve: there the mark rides with the next settlement.
    if (this.room().free === 0) return;
    this.#closeGroup();
    this.#sync();
  }

  /** Whatever part failed: nothing is confirmed after it. Told once. */
  #failed(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#pump.stop();
    this.#stop();
    for (const listener of this.#failureListeners) listener(error);
    this.#finishClosing();
  }

  // --- room ---

  onRoom(listener: (room: JournalRoom) => void): void {
    this.#gauge.onChange(listener);
  }

  room(): JournalRoom {
    return this.#gauge.read();
  }

  #roomChanged(): void {
    this.#preparer.ensure();
    this.#gauge.tell();
    this.#pump.run();
    this.#finishClosing();
  }

  // --- reading ---

  recent(position: Position): Uint8Array | undefined {
    return this.#cache.get(position);
  }

  read(from: Position, bytes: number, done: ReadDone): void {
    const segment = from <= this.#pump.durable ? this.#table.find(from) : undefined;
    if (segment !== undefined) {
      this.#reader.read(segment, from, Math.min(segment.last, this.#pump.durable), bytes, done);
      return;
    }
    const groups: GroupBodies[] = [];
    let left = bytes;
    for (let position = from; left > 0 || groups.length === 0; position = asPosition(position + 1)) {
      const bodies = this.#cache.get(position);
      if (bodies === undefined) break;
      groups.push({ position, bodies });
      left -= bodies.length;
    }
    const error = groups.length > 0 ? null : new TachyonError('INTERNAL', `position ${from} is not in the journal`);
    this.#options.timers.after(0, () => done(error, groups));
  }

  // --- trimming ---

  retain(position: Position, bytes: number, entries = 1): void {
    this.#table.retain(position, bytes, entries);
  }

  release(position: Position, bytes: number, entries = 1): void {
    this.#table.release(position, bytes, entries);
  }

  sparse(): { readonly first: Position; readonly last: Position } | null {
    const { reserve, blocked } = this.room();
    return this.#table.sparse(blocked === null ? null : (reserve + this.#preparer.keptBytes) / 2);
  }

  readonly liveFloor: Journal['liveFloor'] = () => this.#table.liveFloor();

  readonly trim: Journal['trim'] = (below) => this.#trimmer.trim(below);

  readonly pin: Journal['pin'] = () => pinned(this.#table, this.#pump.durable, () => this.#trimmer.run());

  // --- the end ---

  get appendedBytes(): number {
    return this.#rounds.bytes;
  }

  get stats(): JournalStats {
    return {
      groups: this.#groups,
      ...this.#rounds.read(),
      segments: this.#table.segments.length,
      liveBytes: this.#table.liveBytes,
      diskBytes: this.#table.diskBytes,
    };
  }

  /** Also writes the mark, so that a clean end leaves nothing that damage could pass off as a torn tail. */
  close(done: (error: Error | null) => void): void {
    invariant(this.#closing === null, 'the journal is closed once');
    this.#closing = done;
    if (!this.#pump.failed) this.#sync();
    this.#finishClosing();
  }

  #finishClosing(): void {
    const done = this.#closing;
    if (done === null) return;
    const { failed, idle, durable } = this.#pump;
    if (!failed && !(idle && durable === this.#table.last)) {
      // What is pending has no segment to go to, and none will come.
      if (this.#preparer.blocked === null || this.#table.tail.phase !== 'planned') return;
    } else if (!failed && !this.#pump.marked && this.room().free > 0) {
      return this.#writeMark();
    }
    this.#stop();
    // Nothing of this journal may touch the folder once it is closed.
    if (this.#reader.reads > 0 || this.#preparer.busy || this.#trimmer.busy) return;
    this.#closing = null;
    for (const segment of this.#table.segments) this.#reader.close(segment);
    const left =
      durable === this.#table.last ? null : new TachyonError('STORAGE_FULL', 'the last groups found no room');
    const error = this.#failure ?? left;
    this.#options.timers.after(0, () => done(error));
  }

  #stop(): void {
    this.#preparer.stop();
    this.#trimmer.stop();
    this.#cancelLazy?.();
    this.#cancelMark?.();
    this.#cancelLazy = null;
    this.#cancelMark = null;
  }
}
