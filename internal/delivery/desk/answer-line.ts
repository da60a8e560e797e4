// What the publishes of one peer are owed, in the order in which they went to the core. Their answers come back in the
// same order, so that each finds what it answers at the head of the line, whatever it was numbered.
// Bounded by what is under way: an entry leaves with its answer, and neighbours that are owed the same share one.

/**
 * `run`: confirmed as part of a run. `own`: exactly one reply of its own. `errors`: an error, if it is refused. `reply`: the
 * same, and where it is accepted, whoever answers the request gives the one reply.
 */
export type AnswerMode = 'run' | 'own' | 'errors' | 'reply';

export interface Owed {
  readonly mode: AnswerMode;
  readonly count: number;
  /** The number of the first in the count that confirms go by; null where nothing is counted. */
  readonly first: number | null;
  /** Of the only one; empty where the publish gave none. */
  readonly messageId: string;
  /** Which hello it belongs to: numbers of one mean nothing after the next. */
  readonly era: number;
}

export class AnswerLine {
  #line: { -readonly [Field in keyof Owed]: Owed[Field] }[] = [];
  #head = 0;

  /** Entries, not messages. */
  get size(): number {
    return this.#line.length - this.#head;
  }

  push(owed: Owed): void {
    const last = this.size === 0 ? undefined : this.#line.at(-1);
    if (last !== undefined && continues(last, owed)) last.count += owed.count;
    else this.#line.push({ ...owed });
  }

  /** The next to be answered, at most `count` of them; null when nothing is owed. */
  take(count: number): Owed | null {
    const first = this.#line[this.#head];
    if (first === undefined) return null;
    if (first.count > count) {
      const part = { ...first, count };
      first.count -= count;
      if (first.first !== null) first.first += count;
      return part;
    }
    this.#head += 1;
    if (this.#head === this.#line.length) {
      this.#line = [];
      this.#head = 0;
    } else if (this.#head > 1_024 && this.#head * 2 > this.#line.length) {
      this.#line = this.#line.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }
}

function continues(last: Owed, next: Owed): boolean {
  if (last.mode !== next.mode || last.mode === 'own' || last.mode === 'reply' || last.era !== next.era) return false;
  if (last.mode === 'errors' && (last.messageId !== '' || next.messageId !== '')) return false;
  return last.first === null ? next.first === null : last.first + last.count === next.first;
}
