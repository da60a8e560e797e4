// The bodies at hand: recent groups from the journal's tail cache, older ones read ahead in large chunks. A message is
// leased only when its body is here, so that its deadline is hand-over plus lease.
// What a read brought stays until each queue that asked for it has been looked at: many queues that read at once
// cannot push each other's bodies out before they are used. Meanwhile no further read begins beyond the bound.

import { bodyOf, COMPRESSION_LZ4, compressionOf } from '../../pkg/protocol/block.ts';
import { readU32 } from '../../pkg/protocol/bytes.ts';
import { BODY_BYTES_MAX } from '../../pkg/protocol/limits.ts';
import type { Position } from '../domain/ids.ts';
import type { Queue } from '../domain/queue.ts';
import type { BodyWindow } from '../domain/rules/deliver.ts';
import type { Journal } from './ports/journal.ts';

const READS_MAX = 8;
/** A packed body begins with its plain size. */
const SIZE_BYTES = 4;

interface Kept {
  readonly bodies: Uint8Array;
  readonly queues: ReadonlySet<Queue>;
}

interface Wanted {
  readonly position: Position;
  readonly queues: Set<Queue>;
}

export interface BodiesOptions {
  readonly journal: Journal;
  /** Bytes of older groups kept after a turn. */
  readonly cacheBytes: number;
  /** Bytes asked for at once: at least 256 KB. */
  readonly chunkBytes: number;
  /** A read has ended: a turn should look at these queues. `error`: the group at `position` is damaged. */
  readonly onRead: (queues: ReadonlySet<Queue>, position: Position, error: Error | null) => void;
}

export class Bodies implements BodyWindow {
  readonly #journal: Journal;
  readonly #cacheBytes: number;
  readonly #chunkBytes: number;
  readonly #onRead: BodiesOptions['onRead'];
  readonly #cache = new Map<Position, Kept>();
  #bytes = 0;
  readonly #waiting = new Map<Position, Wanted>();
  readonly #queue: Wanted[] = [];
  #reading = 0;

  constructor(options: BodiesOptions) {
    this.#journal = options.journal;
    this.#cacheBytes = options.cacheBytes;
    this.#chunkBytes = options.chunkBytes;
    this.#onRead = options.onRead;
  }

  has(position: Position): boolean {
    return this.#cache.has(position) || this.#journal.recent(position) !== undefined;
  }

  get(position: Position): Uint8Array | undefined {
    return this.#journal.recent(position) ?? this.#cache.get(position)?.bodies;
  }

  plainLength(position: Position, offset: number, length: number): number {
    const bodies = this.get(position);
    if (bodies === undefined || compressionOf(bodies, offset) !== COMPRESSION_LZ4) return length;
    const body = bodyOf(bodies, offset);
    const said = body.length < SIZE_BYTES ? 0 : readU32(body, 0);
    // One that says more than a body may have leaves as it is.
    return said > BODY_BYTES_MAX ? length : length - body.length + said;
  }

  /** Asks for the group at `position` and some that follow it, for this queue. */
  want(queue: Queue, position: Position): void {
    const known = this.#waiting.get(position);
    if (known !== undefined) {
      known.queues.add(queue);
      return;
    }
    const wanted = { position, queues: new Set([queue]) };
    this.#waiting.set(position, wanted);
    this.#queue.push(wanted);
    this.#pump();
  }

  #pump(): void {
    while (this.#reading < READS_MAX && this.#bytes <= this.#cacheBytes) {
      const wanted = this.#queue.shift();
      if (wanted === undefined) return;
      if (this.has(wanted.position)) {
        // Another queue's read has brought it meanwhile.
        this.#waiting.delete(wanted.position);
        this.#onRead(wanted.queues, wanted.position, null);
        continue;
      }
      this.#reading += 1;
      this.#journal.read(wanted.position, this.#chunkBytes, (error, groups) => {
        this.#reading -= 1;
        this.#waiting.delete(wanted.position);
        for (const { position, bodies } of groups) this.#keep(position, { bodies, queues: wanted.queues });
        // An error behind the group that was asked for is the business of whoever asks for that one.
        this.#onRead(wanted.queues, wanted.position, this.#cache.has(wanted.position) ? null : error);
        this.#pump();
      });
    }
  }

  #keep(position: Position, kept: Kept): void {
    const before = this.#cache.get(position);
    if (before !== undefined) {
      this.#bytes -= before.bodies.length;
      this.#cache.delete(position);
    }
    this.#cache.set(position, kept);
    this.#bytes += kept.bodies.length;
  }

  /**
   * The end of a turn: lets go of the oldest reads beyond the bound, but for those of `pending` queues, which the
   * turn has not come to.
   */
  trim(pending: Pending): void {
    for (const [position, { bodies, queues }] of this.#cache) {
      if (this.#bytes <= this.#cacheBytes) break;
      if (pending.size > 0 && intersect(queues, pending)) continue;
      this.#cache.delete(position);
      this.#bytes -= bodies.length;
    }
    this.#pump();
  }
}

/** Queues that are looked at next. */
interface Pending {
  readonly size: number;
  has(queue: Queue): boolean;
}

function intersect(some: ReadonlySet<Queue>, others: Pending): boolean {
  for (const queue of some) if (others.has(queue)) return true;
  return false;
}
