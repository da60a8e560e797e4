// How much can still be appended without preparing another segment, and who is told when that runs short or returns.
// A quarter of what is prepared is kept back as reserve: settlements, a trim and a `started` must always find room. Where
// no further segment can be prepared, all that is left is reserve: it is what turns a full disk into an empty one.

import type { JournalRoom } from '../../usecase/ports/journal.ts';
import { SEGMENT_HEADER_BYTES } from './format/layout.ts';
import type { SegmentTable } from './segment-table.ts';

/** 32,768 settlements of one sector each. */
const RESERVE_BYTES_MAX = 16 * 1024 * 1024;

/** What is kept back of so many bytes that are prepared. */
export const reserveBytes = (prepared: number): number => Math.min(RESERVE_BYTES_MAX, Math.floor(prepared / 4));

export class RoomGauge {
  readonly #table: SegmentTable;
  readonly #openBytes: () => number;
  readonly #blocked: () => string | null;
  readonly #listeners: ((room: JournalRoom) => void)[] = [];
  #toldFree: number;
  #toldBlocked: string | null = null;

  /** `openBytes` is what the group that is being built takes. */
  constructor(table: SegmentTable, openBytes: () => number, blocked: () => string | null) {
    this.#table = table;
    this.#openBytes = openBytes;
    this.#blocked = blocked;
    this.#toldFree = this.read().free;
  }

  read(): JournalRoom {
    const { total, prepared } = this.#left();
    const blocked = this.#blocked();
    const reserve = blocked === null ? reserveBytes(prepared) : total;
    return { free: Math.max(0, total - reserve), reserve: Math.max(0, Math.min(reserve, total)), blocked };
  }

  /** What is prepared and not used; below 0 where groups have no segment yet. */
  get leftBytes(): number {
    return this.#left().total;
  }

  #left(): { readonly total: number; readonly prepared: number } {
    const { segments, tail } = this.#table;
    let total = -this.#openBytes();
    let prepared = 0;
    for (let i = segments.length - 1; i >= 0; i -= 1) {
      const segment = segments[i];
      if (segment === undefined || (segment.id < tail.id && segment.phase !== 'planned')) break;
      if (segment.phase === 'planned') {
        // Groups placed in a segment that is not prepared yet are a debt.
        total -= segment.end - SEGMENT_HEADER_BYTES;
      } else {
        total += segment.room;
        prepared += segment.bytes;
      }
    }
    return { total, prepared };
  }

  onChange(listener: (room: JournalRoom) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells the listeners when there is more room than at the last look, or none any more, or preparing is (un)blocked. */
  tell(): void {
    const room = this.read();
    const told = this.#toldFree;
    this.#toldFree = room.free;
    const news = room.free > told || (room.free === 0 && told > 0) || room.blocked !== this.#toldBlocked;
    if (!news) return;
    this.#toldBlocked = room.blocked;
    for (const listener of this.#listeners) listener(room);
  }
}
