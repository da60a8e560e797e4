// Moves live messages out of mostly dead segments, so that a few long-lived ones cannot hold the disk: reads their
// blocks and asks for a `relocated` event each. One range at a time, bounded per step, behind the live traffic.

import type { Relocate } from '../domain/command.ts';
import { lengthAt, offsetAt, positionAt, sequenceAt } from '../domain/entry-table.ts';
import { asPosition, type Position, type Sequence } from '../domain/ids.ts';
import { SETTLEMENT_BYTES } from '../domain/limits.ts';
import type { State } from '../domain/state.ts';
import type { GroupBodies, Journal } from './ports/journal.ts';
import type { Observe } from './ports/observer.ts';

/** Blocks copied in one step, at most; where room is short, half of it. */
const STEP_BYTES_MAX = 1024 * 1024;

interface Target {
  readonly sequence: Sequence;
  readonly position: Position;
  readonly offset: number;
  readonly length: number;
  readonly queueIds: number[];
}

export interface RelocatorOptions {
  readonly state: State;
  readonly journal: Journal;
  readonly observe: Observe;
  /** Nothing can be trimmed: moving would take room and win none. */
  readonly pinned: () => boolean;
  /** Hands the commands to the next turn. */
  readonly submit: (commands: readonly Relocate[]) => void;
}

export class Relocator {
  readonly #options: RelocatorOptions;
  #running = false;

  constructor(options: RelocatorOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#running;
  }

  /** After a checkpoint: looks whether some range is worth it, and works on it until it is empty. */
  look(): void {
    if (this.#running || this.#options.pinned()) return;
    const range = this.#options.journal.sparse();
    if (range === null) return;
    const targets = this.#targets(range.first, range.last);
    if (targets.length === 0) return;
    this.#running = true;
    this.#step(targets, 0);
  }

  /** Live blocks in the range, each once, in the order of the journal. */
  #targets(first: Position, last: Position): Target[] {
    const bySequence = new Map<Sequence, Target>();
    for (const queue of this.#options.state.queues.values()) {
      for (const chunk of queue.entries.chunks) {
        if (chunk.highestPosition < first || chunk.lowestPosition > last) continue;
        for (let row = 0; row < chunk.count; row += 1) {
          const at = chunk.positionOf(row);
          if (chunk.status[row] === 0 || at < first || at > last) continue;
          const place = { chunk, row };
          const known = bySequence.get(sequenceAt(place));
          if (known !== undefined) known.queueIds.push(queue.id);
          else {
            bySequence.set(sequenceAt(place), {
              sequence: sequenceAt(place),
              position: positionAt(place),
              offset: offsetAt(place),
              length: lengthAt(place),
              queueIds: [queue.id],
            });
          }
        }
      }
    }
    return [...bySequence.values()].sort((a, b) => a.position - b.position || a.offset - b.offset);
  }

  /** What is left when room is short is looked for again after the next checkpoint. */
  #step(targets: readonly Target[], from: number): void {
    const first = targets[from];
    const { state, journal, observe, submit } = this.#options;
    const { free, reserve } = journal.room();
    // With nothing free a part of the reserve is spent, beside what the leases have booked there: what is moved out gives
    // a whole segment back.
    const unbooked = reserve - state.leases.size * SETTLEMENT_BYTES;
    const bytesMax = Math.min(STEP_BYTES_MAX, Math.floor((free > 0 ? free : unbooked) / 2));
    if (first === undefined || first.length > bytesMax) {
      this.#running = false;
      return;
    }
    journal.read(first.position, bytesMax, (error, groups) => {
      if (error !== null) {
        // The block is damaged: it stays where it is, and so does its segment.
        observe({ type: 'relocation-failed', error });
        let next = from;
        while (targets[next]?.position === first.position) next += 1;
        return this.#step(targets, next);
      }
      const { commands, next } = copied(targets, from, groups, bytesMax);
      submit(commands);
      return this.#step(targets, next);
    });
  }
}

/** The commands for the targets whose groups were read, up to the bound, and the first target that is left. */
function copied(
  targets: readonly Target[],
  from: number,
  groups: readonly GroupBodies[],
  bytesMax: number,
): { commands: Relocate[]; next: number } {
  const commands: Relocate[] = [];
  const bodies = new Map(groups.map((group) => [group.position, group.bodies]));
  const lastRead = groups.at(-1)?.position ?? asPosition(0);
  let next = from;
  let left = bytesMax;
  for (let target = targets[next]; target !== undefined && target.position <= lastRead; target = targets[next]) {
    left -= target.length;
    if (left < 0) break;
    next += 1;
    const source = bodies.get(target.position);
    if (source === undefined) continue;
    const block = source.slice(target.offset, target.offset + target.length);
    commands.push({ type: 'relocate', sequence: target.sequence, queueIds: target.queueIds, block });
  }
  return { commands, next };
}
