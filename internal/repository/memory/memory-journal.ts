// The in-memory twin of the journal, for WAL_ENABLED=false and for tests of what stands above the port: the same
// words, durable one tick later, gone with the process. Bodies are kept as long as something live needs them.

import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { invariant } from '../../domain/assert.ts';
import type { Event } from '../../domain/event.ts';
import { asPosition, type Position } from '../../domain/ids.ts';
import type {
  GroupBodies,
  Journal,
  JournalRoom,
  JournalRound,
  JournalStats,
  Placement,
} from '../../usecase/ports/journal.ts';
import type { Timers } from '../../usecase/ports/timers.ts';

export interface MemoryJournalOptions {
  readonly timers: Timers;
  /** Live bytes at which `room` says that there is none. */
  readonly bytesMax: number;
}

interface MemoryGroup {
  readonly bodies: Uint8Array;
  liveBytes: number;
  liveEntries: number;
}

/** Kept back for settlements, as on disk, so that the core behaves the same. */
const RESERVE_SHARE = 16;

export class MemoryJournal implements Journal {
  readonly durability = 'memory';
  readonly #options: MemoryJournalOptions;
  readonly #groups = new Map<number, MemoryGroup>();
  readonly #durableListeners: ((position: Position) => void)[] = [];
  readonly #roomListeners: ((room: JournalRoom) => void)[] = [];
  #events = 0;
  #blocks: Uint8Array[] = [];
  #bodyLength = 0;
  #timeMs = 0;
  #last = 0;
  #durable = 0;
  #openLive = { bytes: 0, entries: 0 };
  #appended = 0;
  #bytes = 0;
  #liveBytes = 0;
  #short = false;
  #ticking = false;
  #closing: ((error: Error | null) => void) | null = null;

  constructor(options: MemoryJournalOptions) {
    this.#options = options;
  }

  add(_event: Event, blocks: readonly Uint8Array[], timeMs: number): Placement {
    if (this.#events === 0) this.#timeMs = timeMs;
    const offset = this.#bodyLength;
    for (const block of blocks) {
      this.#blocks.push(block);
      this.#bodyLength += block.length;
    }
    this.#events += 1;
    return { position: asPosition(this.#last + 1), offset, timeMs: this.#timeMs };
  }

  commit(_urgent: boolean): Position {
    if (this.#events > 0) this.#closeGroup();
    if (this.#last > this.#durable) this.#tickSoon();
    return asPosition(this.#last);
  }

  #closeGroup(): void {
    const bodies = new Uint8Array(this.#bodyLength);
    let at = 0;
    for (const block of this.#blocks) {
      bodies.set(block, at);
      at += block.length;
    }
    const { bytes, entries } = this.#openLive;
    this.#last += 1;
    this.#groups.set(this.#last, { bodies, liveBytes: bytes, liveEntries: entries });
    this.#openLive = { bytes: 0, entries: 0 };
    this.#appended += 1;
    this.#bytes += bodies.length;
    this.#blocks = [];
    this.#bodyLength = 0;
    this.#events = 0;
  }

  #tickSoon(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#options.timers.after(0, () => this.#tick());
  }

  #tick(): void {
    this.#ticking = false;
    const from = this.#durable;
    this.#durable = this.#last;
    for (let position = from + 1; position <= this.#durable; position += 1) this.#dropDead(position);
    for (const listener of this.#durableListeners) listener(this.durable);
    this.#tellRoom();
    this.#finishClosing();
  }

  get durable(): Position {
    return asPosition(this.#durable);
  }

  onDurable(listener: (position: Position) => void): void {
    this.#durableListeners.push(listener);
  }

  /** There are no files to copy. */
  pin(): null {
    return null;
  }

  /** No disk, no rounds: never called. */
  onRound(_listener: (round: JournalRound) => void): void {}

  /** Memory does not fail by itself: never called. */
  onFailure(_listener: (error: Error) => void): void {}

  onRoom(listener: (room: JournalRoom) => void): void {
    this.#roomListeners.push(listener);
  }

  room(): JournalRoom {
    const { bytesMax } = this.#options;
    const reserve = Math.floor(bytesMax / RESERVE_SHARE);
    const free = Math.max(0, bytesMax - reserve - this.#liveBytes - this.#bodyLength);
    return { free, reserve, blocked: null };
  }

  #tellRoom(): void {
    const room = this.room();
    if ((room.free === 0) === this.#short) return;
    this.#short = room.free === 0;
    for (const listener of this.#roomListeners) listener(room);
  }

  recent(position: Position): Uint8Array | undefined {
    return this.#groups.get(position)?.bodies;
  }

  read(from: Position, bytes: number, done: (error: Error | null, groups: readonly GroupBodies[]) => void): void {
    const groups: GroupBodies[] = [];
    let left = bytes;
    for (let position = from; left > 0 || groups.length === 0; position = asPosition(position + 1)) {
      const group = this.#groups.get(position);
      if (group === undefined) break;
      groups.push({ position, bodies: group.bodies });
      left -= group.bodies.length;
    }
    const error = groups.length > 0 ? null : new TachyonError('INTERNAL', `position ${from} is not in memory`);
    this.#options.timers.after(0, () => done(error, groups));
  }

  retain(position: Position, bytes: number, entries = 1): void {
    this.#account(position, bytes, entries);
  }

  release(position: Position, bytes: number, entries = 1): void {
    this.#account(position, -bytes, -entries);
    this.#dropDead(position);
    // The room may have returned, but whoever releases is in the middle of a turn.
    if (this.#short) this.#tickSoon();
  }

  #account(position: Position, bytes: number, entries: number): void {
    this.#liveBytes += bytes;
    if (position > this.#last) {
      this.#openLive.bytes += bytes;
      this.#openLive.entries += entries;
      return;
    }
    const group = this.#groups.get(position);
    invariant(group !== undefined, `a live block is in memory: position ${position}`);
    group.liveBytes += bytes;
    group.liveEntries += entries;
  }

  #dropDead(position: number): void {
    if (position <= this.#durable && this.#groups.get(position)?.liveEntries === 0) this.#groups.delete(position);
  }

  /** Nothing to move: every group goes as soon as it is dead. */
  sparse(): null {
    return null;
  }

  /** No checkpoint outlives this journal. */
  liveFloor(): Position {
    return this.durable;
  }

  trim(_below: Position): void {}

  get appendedBytes(): number {
    return this.#bytes;
  }

  get stats(): JournalStats {
    return {
      groups: this.#appended,
      bytes: this.#bytes,
      syncs: 0,
      segments: 0,
      liveBytes: this.#liveBytes,
      diskBytes: 0,
      syncP50Ms: null,
      syncP99Ms: null,
    };
  }

  close(done: (error: Error | null) => void): void {
    this.#closing = done;
    if (this.commit(true) === this.#durable) this.#options.timers.after(0, () => this.#finishClosing());
  }

  #finishClosing(): void {
    if (this.#closing === null || this.#durable < this.#last) return;
    const done = this.#closing;
    this.#closing = null;
    done(null);
  }
}
