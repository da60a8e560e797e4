// The journal as the turn needs it: one group per turn, completed in order. Nothing above this port may assume
// that a sync is local or fast; an in-memory twin and, later, a replicated one stand behind the same words.

import type { Event } from '../../domain/event.ts';
import type { Position } from '../../domain/ids.ts';

/** Where an event and the blocks beside it will stand. `offset` is that of the event's first block in its group. */
export interface Placement {
  readonly position: Position;
  readonly offset: number;
  readonly timeMs: number;
}

export type Durability = 'disk' | 'memory';

/** One group as recovery sees it: its events, decoded, with their placements. Blocks are not read. */
export interface ReplayedGroup {
  readonly position: Position;
  readonly timeMs: number;
  readonly events: readonly { readonly event: Event; readonly placement: Placement }[];
}

export interface GroupBodies {
  readonly position: Position;
  /** The group's block section; verified against its CRC. */
  readonly bodies: Uint8Array;
}

/** The journal as it stood on disk when it was pinned: what somebody copies who has its files. */
export interface JournalPin {
  /** Everything at or below was durable. */
  readonly position: Position;
  /** Numbers of the oldest segment, and of the one that holds `position`. */
  readonly firstSegment: number;
  readonly lastSegment: number;
  /** Where the group of `position` ends in the last segment. What is behind may be under way. */
  readonly lastBytes: number;
  /** Once. */
  release(): void;
}

export interface JournalRoom {
  /** Bytes that can be appended without preparing another segment, beyond the reserve. */
  readonly free: number;
  /** Bytes kept back for settlements, one checkpoint, one trim and one `started`. */
  readonly reserve: number;
  /** Why no further segment can be prepared (`ENOSPC` and its like), else null. */
  readonly blocked: string | null;
}

/** One write and sync. */
export interface JournalRound {
  readonly groups: number;
  readonly bytes: number;
  readonly syncMs: number;
}

export interface Journal {
  readonly durability: Durability;

  /**
   * Adds an event, and the blocks it brings, to the turn's group, and says where it will stand. Opens the next
   * group of the turn when this one would pass the group bound. Throws on a broken assumption only.
   */
  add(event: Event, blocks: readonly Uint8Array[], timeMs: number): Placement;

  /**
   * Ends the turn: hands its groups to the disk and returns the last position (that of the turn before when
   * nothing was added). `urgent`: somebody waits, so sync as soon as the disk is free; else within 5 ms.
   */
  commit(urgent: boolean): Position;

  /** Everything at or below is on disk (or, in memory, appended). Moves only forward. */
  readonly durable: Position;
  /** Called on each move of `durable`, from the disk's completion; never from inside `add` or `commit`. */
  onDurable(listener: (position: Position) => void): void;
  /** Called after each round to the disk; never where there is none. */
  onRound(listener: (round: JournalRound) => void): void;
  /** A write or sync inside a prepared segment failed: nothing is confirmed after it, the process must stop. */
  onFailure(listener: (error: Error) => void): void;
  /** The room changed from short to enough or back. */
  onRoom(listener: (room: JournalRoom) => void): void;
  room(): JournalRoom;

  /** The block section of a recent group, from the tail cache; undefined when it is no longer there. */
  recent(position: Position): Uint8Array | undefined;
  /**
   * Reads consecutive groups from `from` on, at least one and then up to about `bytes`, verifying each. Pins the
   * segment while it reads. Completes later with an error for a group that is damaged (never with wrong bytes).
   */
  read(from: Position, bytes: number, done: (error: Error | null, groups: readonly GroupBodies[]) => void): void;

  /** Live-byte accounting, per entry: what keeps a segment on disk. */
  retain(position: Position, bytes: number, entries?: number): void;
  release(position: Position, bytes: number, entries?: number): void;
  /** The oldest segments that are mostly dead: ranges of positions whose live blocks are worth moving. */
  sparse(): { readonly first: Position; readonly last: Position } | null;
  /**
   * Every segment that ends at or below holds no live bytes now: the position before the first group of the oldest
   * segment that holds some (or that is not sealed). A checkpoint remembers it when it is captured, because only what
   * was dead then may be gone when one starts from it.
   */
  liveFloor(): Position;
  /** Removes sealed segments that end at or below `below` and hold no live bytes; keeps the rest. */
  trim(below: Position): void;

  /**
   * Removes no segment, however dead, until the pin is released; appending goes on. Null where nothing is on disk.
   * Pins do not survive a restart.
   */
  pin(): JournalPin | null;

  /** Bytes appended since the start: asked after every turn, so it costs nothing. */
  readonly appendedBytes: number;
  readonly stats: JournalStats;
  /** Waits for everything appended to be durable, then closes the files. */
  close(done: (error: Error | null) => void): void;
}

export interface JournalStats {
  readonly groups: number;
  readonly bytes: number;
  readonly syncs: number;
  readonly segments: number;
  readonly liveBytes: number;
  readonly diskBytes: number;
  /** Milliseconds; null before the first sync. */
  readonly syncP50Ms: number | null;
  readonly syncP99Ms: number | null;
}
