// What is known of a message beside the state: its id and topic, which stand in its block.

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
  /** Empty where the block cannot be read. */
  readonly topic: string;
}

/** A message by its queue and its number there. */
export interface MessagePlace {
  readonly queue: Queue;
  readonly sequence: Sequence;
}

/** Calls back with the card of each message, in order; null for one that is gone. */
export type CardReader = (places: readonly MessagePlace[], done: (cards: readonly (Card | null)[]) => void) => void;

export const cardReader =
  (journal: Journal, bodies: Bodies): CardReader =>
  (places, done) => {
    const blocks = places.map(blockOf);
    const there = blocks.flatMap((block) => block ?? []);
    readBlocks(journal, bodies, there, (read) => {
      const inOrder = read.values();
      const cards = places.map(({ sequence }, index) =>
        blocks[index] === null ? null : cardOf(sequence, inOrder.next().value ?? null),
      );
      // What was relocated while others were read is not where it was looked for.
      const moved = places.flatMap((place, index) => {
        const before = blocks[index] ?? null;
        if (before === null || cards[index]?.topic !== '') return [];
        const now = blockOf(place);
        return now !== null && now.position === before.position ? [] : [{ place, index, now }];
      });
      const wanted = moved.flatMap(({ now }) => now ?? []);
      readBlocks(journal, bodies, wanted, (again) => {
        const inOrderAgain = again.values();
        for (const { place, index, now } of moved) {
          cards[index] = now === null ? null : cardOf(place.sequence, inOrderAgain.next().value ?? null);
        }
        done(cards);
      });
    });
  };

function blockOf({ queue, sequence }: MessagePlace): ReturnType<typeof blockAt> | null {
  const place = queue.entries.find(sequence);
  return place === null ? null : blockAt(place);
}

function cardOf(sequence: Sequence, block: Uint8Array | null): Card {
  const view = block === null ? null : new BlockView(block, 0);
  return { messageId: messageName(view?.messageId ?? '', sequence), topic: view?.topic ?? '' };
}
