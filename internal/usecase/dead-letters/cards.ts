// The cards of dead letters, read once, when somebody first asks; volatile, about 200 B each.

import type { Sequence } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import type { Bodies } from '../bodies.ts';
import { type Card, type CardReader, cardReader, type MessagePlace } from '../messages/cards.ts';
import type { Journal } from '../ports/journal.ts';

export class DeadLetterCards {
  readonly #read: CardReader;
  readonly #ofQueue = new WeakMap<Queue, Map<Sequence, Card>>();

  constructor(journal: Journal, bodies: Bodies) {
    this.#read = cardReader(journal, bodies);
  }

  /** Calls back with the card of each letter, in order; null for one that is none any more. */
  of(letters: readonly MessagePlace[], done: (cards: (Card | null)[]) => void): void {
    const unknown = letters.filter(({ queue, sequence }) => !this.#cardsOf(queue).has(sequence));
    this.#read(unknown, (cards) => {
      for (const [index, { queue, sequence }] of unknown.entries()) {
        const card = cards[index] ?? null;
        if (card !== null) this.#cardsOf(queue).set(sequence, card);
      }
      done(letters.map(({ queue, sequence }) => this.#ofQueue.get(queue)?.get(sequence) ?? null));
    });
  }

  #cardsOf(queue: Queue): Map<Sequence, Card> {
    const cards = this.#ofQueue.get(queue) ?? new Map<Sequence, Card>();
    this.#ofQueue.set(queue, cards);
    // Letters go without a word here: what is left of them is thrown out when it is as much as what is needed.
    if (cards.size > queue.dead.size * 2 + 1_000) {
      for (const sequence of cards.keys()) if (!queue.dead.has(sequence)) cards.delete(sequence);
    }
    return cards;
  }
}
