// Collects, for one queue, where its live messages stand. Rows come in the journal's order, and so nearly always in that
// of the sequences: they go straight into the table that the queue will have. A relocated message comes again, later and
// out of order, and its last place counts; one whose first place is gone with its segment waits aside for `drain`.

import { classAt, EntryTable, hasTraits, laneAt } from '../../domain/entry-table.ts';
import { asPosition, asSequence } from '../../domain/ids.ts';
import type { Traits } from '../../domain/message-traits.ts';
import { LostMessage } from './lost-message.ts';

type Take = (sequence: number, position: number, offset: number, length: number, acceptedAtMs: number) => void;

const NUMBERS = 5;

export class LiveRows {
  readonly #runs: readonly number[];
  #table = new EntryTable();
  #lastSequence = 0;
  /** The run that was found last: the next row is likely to be in it, or in the one behind it. */
  #recent = 0;
  /** Rows that came too late for their place in the table. */
  #late = new Float64Array(0);
  #lateCount = 0;

  /** `runs`: first and last sequence of each, in turn, ascending. */
  constructor(runs: readonly number[]) {
    this.#runs = runs;
  }

  /** Whole, and the queue's own, once the rows were drained. */
  get table(): EntryTable {
    return this.#table;
  }

  /** Takes the row when its message lives. */
  offer(sequence: number, position: number, offset: number, length: number, acceptedAtMs: number): void {
    if (!this.#lives(sequence)) return;
    if (sequence > this.#lastSequence) {
      this.#append(sequence, position, offset, length, acceptedAtMs);
      return;
    }
    const place = this.#table.find(asSequence(sequence));
    if (place === null) this.#keepLate([sequence, position, offset, length, acceptedAtMs]);
    else place.chunk.move(place.row, position, offset);
  }

  /** Of a row that was offered. */
  mark(sequence: number, traits: Traits): void {
    const place = this.#table.find(asSequence(sequence));
    place?.chunk.setTraits(place.row, traits);
  }

  /** Gives each live message once, in order, at its last place; throws when a run's first or last has no row. */
  drain(take: Take): void {
    if (this.#lateCount > 0) this.#mergeLate();
    // What is gone behind the last run must stay so: the next checkpoint asks the table for its runs again.
    this.#table.endRun();
    for (const end of this.#runs) {
      if (this.#table.find(asSequence(end)) === null) throw new LostMessage(`message ${end}`);
    }
    eachRow(this.#table, take);
  }

  #append(sequence: number, position: number, offset: number, length: number, acceptedAtMs: number): void {
    // What is gone between two runs must stay so, too.
    if (this.#runs[this.#recent] === sequence) this.#table.endRun();
    this.#table.append(asSequence(sequence), asPosition(position), offset, length, acceptedAtMs);
    this.#lastSequence = sequence;
  }

  /** Leaves `#recent` at the first of the run that holds the sequence. */
  #lives(sequence: number): boolean {
    const runs = this.#runs;
    for (let at = this.#recent; at < runs.length && at <= this.#recent + 2; at += 2) {
      if (sequence < (runs[at] as number)) break;
      if (sequence > (runs[at + 1] as number)) continue;
      this.#recent = at;
      return true;
    }
    let low = 0;
    let high = runs.length / 2 - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (sequence < (runs[middle * 2] as number)) high = middle - 1;
      else if (sequence > (runs[middle * 2 + 1] as number)) low = middle + 1;
      else {
        this.#recent = middle * 2;
        return true;
      }
    }
    return false;
  }

  #keepLate(row: readonly number[]): void {
    if ((this.#lateCount + 1) * NUMBERS > this.#late.length) {
      const grown = new Float64Array(Math.max(64 * NUMBERS, this.#late.length * 2));
      grown.set(this.#late);
      this.#late = grown;
    }
    this.#late.set(row, this.#lateCount * NUMBERS);
    this.#lateCount += 1;
  }

  /** Writes the table anew, with the late rows where they belong; of rows for one message the last one counts. */
  #mergeLate(): void {
    const late = this.#late;
    const order = Uint32Array.from({ length: this.#lateCount }, (_, row) => row);
    const sequenceOf = (at: number): number => late[(order[at] as number) * NUMBERS] as number;
    order.sort((a, b) => (late[a * NUMBERS] as number) - (late[b * NUMBERS] as number) || a - b);
    const inOrder = this.#table;
    this.#table = new EntryTable();
    const append: Take = (sequence, ...row) => {
      this.#lives(sequence);
      this.#append(sequence, ...row);
    };
    let at = 0;
    const lateBelow = (end: number): void => {
      for (; at < order.length && sequenceOf(at) < end; at += 1) {
        if (at + 1 < order.length && sequenceOf(at + 1) === sequenceOf(at)) continue;
        const from = (order[at] as number) * NUMBERS;
        append(...(late.subarray(from, from + NUMBERS) as unknown as Parameters<Take>));
      }
    };
    eachRow(inOrder, (sequence, ...row) => {
      lateBelow(sequence);
      append(sequence, ...row);
      const place = inOrder.find(asSequence(sequence));
      if (place !== null && hasTraits(place)) {
        this.mark(sequence, { class: classAt(place), lane: laneAt(place) });
      }
    });
    lateBelow(Number.POSITIVE_INFINITY);
    this.#late = new Float64Array(0);
    this.#lateCount = 0;
  }
}

function eachRow(table: EntryTable, take: Take): void {
  for (const chunk of table.chunks) {
    for (let row = 0; row < chunk.count; row += 1) {
      const [offset, length] = [chunk.offset[row] as number, chunk.length[row] as number];
      take(chunk.sequenceOf(row), chunk.positionOf(row), offset, length, chunk.acceptedAtMsOf(row));
    }
  }
}
