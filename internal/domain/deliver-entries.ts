// The messages of one delivery, in the order in which they are handed over: as columns, since they come by the hundred.
// Invariant: `pieces`, one behind the other, are exactly the blocks of the messages; neighbours in the journal are one.

import { asSequence, type Position, type Sequence } from './ids.ts';

export interface DeliverEntry {
  readonly sequence: Sequence;
  /** Of its block. */
  readonly length: number;
  /** What it takes of its consumer's window: the length, or that with a plain body. */
  readonly weight: number;
  readonly acceptedAtMs: number;
  /** From 1. */
  readonly attempt: number;
  readonly returned: number;
}

/** Blocks that stand one behind the other in a group of the journal. */
export interface Piece {
  readonly position: Position;
  readonly start: number;
  end: number;
}

export class DeliverEntries implements Iterable<DeliverEntry> {
  readonly sequences: Sequence[] = [];
  readonly lengths: number[] = [];
  readonly pieces: Piece[] = [];
  /** Null as long as each is delivered for the first time. */
  attempts: number[] | null = null;
  returned: number[] | null = null;
  /** Null as long as each takes its length. */
  #weights: number[] | null = null;
  readonly #acceptedAtMs: number[] = [];
  #weight = 0;

  get length(): number {
    return this.sequences.length;
  }

  /** Of all together. */
  get weight(): number {
    return this.#weight;
  }

  weightAt(index: number): number {
    return (this.#weights ?? this.lengths)[index] as number;
  }

  push(
    sequence: Sequence,
    position: Position,
    offset: number,
    length: number,
    weight: number,
    acceptedAtMs: number,
    attempt: number,
    returned: number,
  ): void {
    const last = this.pieces.at(-1);
    if (last !== undefined && last.end === offset && last.position === position) last.end = offset + length;
    else this.pieces.push({ position, start: offset, end: offset + length });
    if (weight !== length) this.#weights ??= this.lengths.slice();
    if (attempt !== 1) this.attempts ??= this.sequences.map(() => 1);
    if (returned !== 0) this.returned ??= this.sequences.map(() => 0);
    this.sequences.push(sequence);
    this.lengths.push(length);
    this.attempts?.push(attempt);
    this.returned?.push(returned);
    this.#weights?.push(weight);
    this.#acceptedAtMs.push(acceptedAtMs);
    this.#weight += weight;
  }

  at(index: number): DeliverEntry {
    return {
      sequence: asSequence(this.sequences[index] as number),
      length: this.lengths[index] as number,
      weight: this.weightAt(index),
      acceptedAtMs: this.#acceptedAtMs[index] as number,
      attempt: this.attempts?.[index] ?? 1,
      returned: this.returned?.[index] ?? 0,
    };
  }

  *[Symbol.iterator](): Generator<DeliverEntry> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index);
  }
}
