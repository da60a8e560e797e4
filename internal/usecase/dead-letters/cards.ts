// What is known of a dead letter beside the state: its message id and topic, which stand in its block. Read once, when
// somebody first asks; volatile, about 200 B each.

import { BlockView } from '../../../pkg/protocol/block.ts';
import { messageName } from '../../../pkg/protocol/delivered/facts.ts';
import { blockAt } from '../../domain/evolve.ts';
import type { Sequence } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import type { Bodies } from '../bodies.ts';
import type { Journal } from '../ports/journal.ts';
import { readBlocks } from '../read-blocks.ts';

export interface Card {
  readonly messageId: string;
  readonly topic: string;
}

/** Of a letter whose block cannot be read. */
const UNREADABLE: Omit<Card, 'messageId'> = { topic: '' };

export class DeadLetterCards {
  readonly #journal: Journal;
  readonly #bodies: Bodies;
  readonly #ofQueue = new WeakMap<Queue, Map<Sequence, Card>>();

  constructor(journal: Journal, bodies: Bodies) {
    this.#journal = journal;
    this.#bodies = bodies;
  }

  /** Calls back with the card of each letter, in order; null for one that is none any more. */
  of(
    letters: readonly { readonly queue: Queue; readonly sequence: Sequence }[],
    done: (cards: (Card | null)[]) => void,
  ): void {
    const unknown = letters.filter(({ queue, sequence }) => !this.#cardsOf(queue).has(sequence));
    const places = unknown.flatMap(({ queue, sequence }) => {
      const place = queue.entries.find(sequence);
      return place === null ? [] : [{ queue, sequence, block: blockAt(place) }];
    });
    readBlocks(
      this.#journal,
      this.#bodies,
      places.map(({ block }) => block),
      (blocks) => {
        for (const [index, { queue, sequence }] of places.entries()) {
          this.#learn(queue, sequence, blocks[index] ?? null);
        }
        done(letters.map(({ queue, sequence }) => this.#ofQueue.get(queue)?.get(sequence) ?? null));
      },
    );
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

  #learn(queue: Queue, sequence: Sequence, block: Uint8Array | null): void {
    const view = block === null ? null : new BlockView(block, 0);
    this.#cardsOf(queue).set(sequence, {
      messageId: messageName(view?.messageId ?? '', sequence),
      ...(view === null ? UNREADABLE : { topic: view.topic }),
    });
  }
}
