// Reads the dead letters that are owed a copy under `_dlq.<topic>`, a few at a time, and hands them to the next turn.

import type { Command, LetterToCopy } from '../../domain/command.ts';
import { DEAD, lengthAt, statusAt } from '../../domain/entry-table.ts';
import { blockAt } from '../../domain/evolve.ts';
import type { State } from '../../domain/state.ts';
import type { Bodies } from '../bodies.ts';
import type { Journal } from '../ports/journal.ts';
import { readBlocks, type WantedBlock } from '../read-blocks.ts';

const STEP_LETTERS_MAX = 64;
const STEP_BYTES_MAX = 4 * 1024 * 1024;
/** What found no room is tried again after so long. */
const AGAIN_MS = 1_000;

interface Held {
  readonly state: State;
  readonly journal: Journal;
  readonly bodies: Bodies;
}

export class LetterCopies {
  readonly #broker: Held;
  readonly #submit: (commands: readonly Command[]) => void;
  #reading = false;
  /** The first of the last step: owed still, it found no room. */
  #first = '';
  #againMs = 0;

  constructor(broker: Held, submit: (commands: readonly Command[]) => void) {
    this.#broker = broker;
    this.#submit = submit;
  }

  /** After each turn, and from time to time. */
  look(nowMs: number): void {
    const { state, journal, bodies } = this.#broker;
    if (this.#reading || state.copiesOwed.size === 0) return;
    const { letters, wanted } = this.#next();
    const [first] = letters;
    if (first === undefined) return;
    const name = `${first.queue}:${first.sequence}`;
    if (name === this.#first && nowMs < this.#againMs) return;
    this.#first = name;
    this.#againMs = nowMs + AGAIN_MS;
    this.#reading = true;
    const present = wanted.filter((block) => block !== null);
    readBlocks(journal, bodies, present, (read) => {
      this.#reading = false;
      let at = 0;
      const copies = letters.map((letter, i): LetterToCopy => {
        const block = wanted[i] === null ? null : (read[at++] ?? null);
        return { ...letter, block };
      });
      this.#submit([{ type: 'copy-letters', copies }]);
    });
  }

  #next(): { letters: Omit<LetterToCopy, 'block'>[]; wanted: (WantedBlock | null)[] } {
    const letters: Omit<LetterToCopy, 'block'>[] = [];
    const wanted: (WantedBlock | null)[] = [];
    let bytes = 0;
    for (const [queue, owed] of this.#broker.state.copiesOwed) {
      for (const sequence of owed) {
        if (letters.length >= STEP_LETTERS_MAX || bytes >= STEP_BYTES_MAX) return { letters, wanted };
        const place = this.#broker.state.queues.get(queue)?.entries.find(sequence) ?? null;
        const isDead = place !== null && statusAt(place) === DEAD;
        letters.push({ queue, sequence });
        wanted.push(isDead ? blockAt(place) : null);
        if (isDead) bytes += lengthAt(place);
      }
    }
    return { letters, wanted };
  }
}
