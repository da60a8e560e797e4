// The journal with an ear on it: the core is measured by what it records, so that the core itself need not know. Each
// event costs a look at its type and each turn a clock, never a message by itself.
//
// Invariant: what is asked of the journal goes through unchanged.

import type { Event } from '../../domain/event.ts';
import type { Position } from '../../domain/ids.ts';
import type {
  GroupBodies,
  Journal,
  JournalPin,
  JournalRoom,
  JournalRound,
  JournalStats,
  Placement,
} from '../../usecase/ports/journal.ts';

export interface JournalListener {
  /** Called before the state has taken the event. */
  added(event: Event, timeMs: number, blocks: readonly Uint8Array[]): void;
  committed(position: Position): void;
}

export class WatchedJournal implements Journal {
  readonly #journal: Journal;
  readonly #listener: JournalListener;

  constructor(journal: Journal, listener: JournalListener) {
    this.#journal = journal;
    this.#listener = listener;
  }

  get durability(): Journal['durability'] {
    return this.#journal.durability;
  }

  add(event: Event, blocks: readonly Uint8Array[], timeMs: number): Placement {
    const placement = this.#journal.add(event, blocks, timeMs);
    this.#listener.added(event, timeMs, blocks);
    return placement;
  }

  commit(urgent: boolean): Position {
    const position = this.#journal.commit(urgent);
    this.#listener.committed(position);
    return position;
  }

  get durable(): Position {
    return this.#journal.durable;
  }

  onDurable(listener: (position: Position) => void): void {
    this.#journal.onDurable(listener);
  }

  onRound(listener: (round: JournalRound) => void): void {
    this.#journal.onRound(listener);
  }

  onFailure(listener: (error: Error) => void): void {
    this.#journal.onFailure(listener);
  }

  onRoom(listener: (room: JournalRoom) => void): void {
    this.#journal.onRoom(listener);
  }

  room(): JournalRoom {
    return this.#journal.room();
  }

  recent(position: Position): Uint8Array | undefined {
    return this.#journal.recent(position);
  }

  read(from: Position, bytes: number, done: (error: Error | null, groups: readonly GroupBodies[]) => void): void {
    this.#journal.read(from, bytes, done);
  }

  retain(position: Position, bytes: number, entries = 1): void {
    this.#journal.retain(position, bytes, entries);
  }

  release(position: Position, bytes: number, entries = 1): void {
    this.#journal.release(position, bytes, entries);
  }

  sparse(): { readonly first: Position; readonly last: Position } | null {
    return this.#journal.sparse();
  }

  liveFloor(): Position {
    return this.#journal.liveFloor();
  }

  trim(below: Position): void {
    this.#journal.trim(below);
  }

  pin(): JournalPin | null {
    return this.#journal.pin();
  }

  get appendedBytes(): number {
    return this.#journal.appendedBytes;
  }

  get stats(): JournalStats {
    return this.#journal.stats;
  }

  close(done: (error: Error | null) => void): void {
    this.#journal.close(done);
  }
}
