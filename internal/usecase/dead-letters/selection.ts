// Which dead letters a filter means. What the state knows is looked at first, so that blocks are read only for the rest;
// a walk over very many pauses, so that live traffic passes.

import type { DeadLetterFilter } from '../../domain/dead-letter-order.ts';
import type { Sequence } from '../../domain/ids.ts';
import type { DeadLetter, Queue } from '../../domain/queue.ts';
import type { State } from '../../domain/state.ts';
import type { Card } from '../messages/cards.ts';
import { walkCards } from '../messages/walk-cards.ts';
import type { Timers } from '../ports/timers.ts';
import type { DeadLetterCards } from './cards.ts';

export interface Selected {
  readonly queue: Queue;
  readonly sequence: Sequence;
  readonly letter: DeadLetter;
  readonly card: Card;
}

/** Who had it last, else its queue's name. */
export const consumerOf = (queue: Queue, { history }: DeadLetter): string =>
  history.findLast(({ cause }) => cause !== 'redriven')?.consumer ?? queue.name;

/** The same for letters that died of the same thing in the same place: 16 hex digits. */
export function fingerprintOf(
  hash: (text: string) => string,
  { queue, letter, card }: Omit<Selected, 'sequence'>,
): string {
  const { cause, reason } = letter;
  return hash(JSON.stringify([cause, reason, card.topic, queue.tenant, queue.name, consumerOf(queue, letter)])).slice(
    0,
    16,
  );
}

/** A letter by its queue's number and its own. */
export interface LetterPlace {
  readonly queue: number;
  readonly sequence: number;
}

export const START: LetterPlace = { queue: 0, sequence: 0 };

export interface SelectionOptions {
  readonly state: State;
  readonly cards: DeadLetterCards;
  readonly timers: Timers;
  readonly hash: (text: string) => string;
}

export class Selection {
  readonly #options: SelectionOptions;

  constructor(options: SelectionOptions) {
    this.#options = options;
  }

  /** All that died before `beforeMs` and that the filter means, by queue and then in the order of their numbers. */
  all(filter: DeadLetterFilter, beforeMs: number, done: (found: readonly Selected[]) => void): void {
    this.some(filter, beforeMs, START, Number.POSITIVE_INFINITY, done);
  }

  /** The same from behind a place on, until there are `enough`: whoever reads on does not begin again. */
  some(
    filter: DeadLetterFilter,
    beforeMs: number,
    behind: LetterPlace,
    enough: number,
    done: (found: readonly Selected[]) => void,
  ): void {
    const found: Selected[] = [];
    const ids = filter.ids === null ? null : new Set(filter.ids);
    const letters = this.#letters(filter, beforeMs, behind);
    const { cards, timers } = this.#options;
    walkCards({
      places: letters,
      read: (places, then) => cards.of(places, then),
      timers,
      take: (letter, card) => {
        if (ids !== null && !ids.has(card.messageId)) return;
        if (filter.topic !== null && card.topic !== filter.topic) return;
        const selected = { ...letter, card };
        if (filter.fingerprint !== null && fingerprintOf(this.#options.hash, selected) !== filter.fingerprint) return;
        found.push(selected);
      },
      isEnough: () => found.length >= enough,
      done: () => done(found),
    });
  }

  *#letters(
    filter: DeadLetterFilter,
    beforeMs: number,
    behind: LetterPlace,
  ): Generator<{ queue: Queue; sequence: Sequence; letter: DeadLetter }> {
    for (const queue of [...this.#options.state.queues.values()]) {
      if (queue.id < behind.queue) continue;
      if (filter.tenant !== null && queue.tenant !== filter.tenant) continue;
      if (filter.queue !== null && queue.name !== filter.queue) continue;
      for (const sequence of [...queue.dead.keys()].sort((a, b) => a - b)) {
        if (queue.id === behind.queue && sequence <= behind.sequence) continue;
        const letter = queue.dead.get(sequence);
        if (letter === undefined || letter.atMs > beforeMs) continue;
        if (filter.sequence !== null && sequence !== filter.sequence) continue;
        if (filter.reason !== null && letter.reason !== filter.reason) continue;
        if (filter.consumer !== null && consumerOf(queue, letter) !== filter.consumer) continue;
        yield { queue, sequence, letter };
      }
    }
  }
}
