// A journal on a simulated disk, and the book that judges it. The book holds what was appended, and what `durable`
// promised; after a crash and a new start all that was promised must be replayed and read back byte for byte, and
// nothing that was never appended.

import { deepStrictEqual } from 'node:assert';
import type { Event } from '../../domain/event.ts';
import { asPosition, asProducerId, asQueueId, asSequence } from '../../domain/ids.ts';
import type { JournalOptions } from '../../repository/journal/journal-options.ts';
import { type OpenedJournal, openJournal } from '../../repository/journal/open-journal.ts';
import type { Disk } from '../../usecase/ports/disk.ts';
import type { GroupBodies, Journal, ReplayedGroup } from '../../usecase/ports/journal.ts';
import { Random } from '../sim/random.ts';
import { SimDisk } from '../sim/sim-disk.ts';
import { ManualTimers } from './manual-timers.ts';

export const messages = (first: number, lengths: readonly number[], queue = 1): Event => ({
  type: 'accepted',
  producer: asProducerId(0),
  firstProducerSequence: 0,
  firstSequence: asSequence(first),
  atMs: 1_700_000_000_000,
  sets: [[asQueueId(queue)]],
  setOf: lengths.map(() => 0),
  lengths,
});

interface BookedGroup {
  readonly events: Event[];
  readonly bodies: Uint8Array;
}

export interface WorldOptions {
  readonly seed?: number;
  readonly segmentBytes?: number;
  readonly diskBytesMax?: number;
  readonly tailCacheBytes?: number;
  readonly disk?: SimDisk;
  /** The journal sees the disk through this: where faults are planted. */
  readonly through?: (disk: SimDisk) => Disk;
}

export class JournalWorld {
  readonly disk: SimDisk;
  readonly timers = new ManualTimers();
  readonly random: Random;
  readonly failures: Error[] = [];
  readonly book = new Map<number, BookedGroup>();
  /** The highest position that `durable` ever promised. */
  promised = 0;
  /** Positions whose bodies are needed, now and as the last checkpoint has it. */
  live = new Set<number>();
  #checkpoint = { position: 0, live: new Set<number>() };
  journal!: Journal;
  readonly #options: WorldOptions;
  #sequence = 1;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.random = new Random(options.seed ?? 1);
    this.disk = options.disk ?? new SimDisk({ seed: options.seed ?? 1 });
  }

  options(): JournalOptions {
    const { segmentBytes = 16 * 1024, tailCacheBytes = 64 * 1024, diskBytesMax = 0, through } = this.#options;
    return {
      disk: through?.(this.disk) ?? this.disk,
      timers: this.timers,
      salt: () => this.random.int(2 ** 32),
      segmentBytes,
      diskBytesMax,
      tailCacheBytes,
      // On every third disk each round takes the way of the large ones.
      ...((this.#options.seed ?? 1) % 3 === 0 ? { writeHereBytesMax: 0 } : {}),
      retryMs: 1000,
    };
  }

  /** Judges and opens; what the book says is compared by `recover`. */
  open(): OpenedJournal {
    return openJournal(this.options());
  }

  start(opened: OpenedJournal = this.open()): Journal {
    this.journal = opened.start();
    this.journal.onDurable((position) => {
      this.promised = Math.max(this.promised, position);
    });
    this.journal.onFailure((error) => this.failures.push(error));
    return this.journal;
  }

  /** Opens, replays everything, compares with the book, and starts. Throws what opening throws. */
  recover(): Journal {
    const opened = this.open();
    const groups: ReplayedGroup[] = [];
    opened.replay(asPosition(Math.max(0, opened.first - 1)), (group) => groups.push(group));
    this.audit(groups, opened.last);
    for (const position of this.book.keys()) if (position > opened.last) this.book.delete(position);
    this.live = new Set(this.#checkpoint.live);
    for (const position of this.book.keys()) if (position > this.#checkpoint.position) this.live.add(position);
    for (const position of this.live) {
      if (position < opened.first)
        throw new Error(`lost: position ${position} is live, the journal begins at ${opened.first}`);
      opened.retain(asPosition(position), 1);
    }
    return this.start(opened);
  }

  /** Lets go of a position's bodies. */
  release(position: number): void {
    this.live.delete(position);
    this.journal.release(asPosition(position), 1);
  }

  /** What is live now would survive a restart; older segments that are dead may go. */
  checkpoint(): void {
    const position = this.journal.durable;
    if (position !== this.journal.commit(true)) return;
    this.#checkpoint = { position, live: new Set(this.live) };
    this.journal.trim(this.journal.liveFloor());
  }

  audit(groups: readonly ReplayedGroup[], last: number): void {
    if (last < this.promised)
      throw new Error(`lost: position ${this.promised} was promised, the journal ends at ${last}`);
    let expected = groups[0]?.position ?? 1;
    for (const group of groups) {
      if (group.position !== expected) throw new Error(`position ${group.position} stands where ${expected} should`);
      expected = asPosition(expected + 1);
      const booked = this.book.get(group.position);
      if (booked === undefined) {
        if (group.events.length > 0) throw new Error(`unexpected: position ${group.position} was never appended`);
      } else {
        deepStrictEqual(
          group.events.map(({ event }) => event),
          booked.events,
        );
      }
    }
    if (expected !== last + 1 && groups.length > 0)
      throw new Error(`the replay ends at ${expected - 1}, not at ${last}`);
  }

  /** One turn: `lengths` per event. Gives the last position. */
  append(lengthsOfEvents: readonly (readonly number[])[], urgent = true): number {
    for (const lengths of lengthsOfEvents) {
      const blocks = lengths.map((length) => this.random.bytes(length));
      const event = messages(this.#sequence, lengths);
      this.#sequence += lengths.length;
      const { position } = this.journal.add(event, blocks, this.timers.nowMs);
      const booked = this.book.get(position) ?? { events: [], bodies: new Uint8Array(0) };
      if (!this.live.has(position)) {
        this.live.add(position);
        this.journal.retain(position, 1);
      }
      this.book.set(position, {
        events: [...booked.events, event],
        bodies: Buffer.concat([booked.bodies, ...blocks]),
      });
    }
    return this.journal.commit(urgent);
  }

  /** Lets disk and timers go on until nothing is under way that is due within `withinMs`. */
  settle(withinMs = 200): void {
    const end = this.timers.nowMs + withinMs;
    do this.disk.settle();
    while (this.timers.ring(end - this.timers.nowMs));
    this.timers.advanceTo(end);
  }

  /** Power loss: the process is gone too. */
  crash(): void {
    this.timers.clear();
    this.disk.crash();
  }

  kill(): void {
    this.timers.clear();
    this.disk.kill();
  }

  /** Reads everything from the disk and compares it with the book. */
  verifyBodies(): void {
    let next = Math.min(...this.live, this.journal.durable + 1);
    while (next <= this.journal.durable) {
      let result: { readonly error: Error | null; readonly groups: readonly GroupBodies[] } | null = null;
      this.journal.read(asPosition(next), 1, (error, groups) => {
        result = { error, groups };
      });
      this.settle(0);
      const { error, groups } = result as unknown as { error: Error | null; groups: readonly GroupBodies[] };
      if (error !== null) throw error;
      for (const { position, bodies } of groups) {
        deepStrictEqual(
          Buffer.from(bodies),
          Buffer.from(this.book.get(position)?.bodies ?? []),
          `bodies of ${position}`,
        );
        next = position + 1;
      }
    }
  }
}
