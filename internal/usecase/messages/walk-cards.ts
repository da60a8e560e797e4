// Goes through very many messages with their cards, in batches between which live traffic passes.

import { lengthAt } from '../../domain/entry-table.ts';
import type { Timers } from '../ports/timers.ts';
import type { Card, CardReader, MessagePlace } from './cards.ts';

/** Messages between two pauses, and bytes of blocks that are read for them. */
const BATCH = 512;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface CardWalk<Place extends MessagePlace> {
  /** Asked on while time passes: what it gives must still be sound then. */
  readonly places: Iterator<Place, unknown>;
  readonly read: CardReader;
  readonly timers: Timers;
  /** Each message that is still there. */
  readonly take: (place: Place, card: Card) => void;
  /** Asked between two batches: nothing more is wanted. */
  readonly isEnough: () => boolean;
  readonly done: () => void;
}

export function walkCards<Place extends MessagePlace>(walk: CardWalk<Place>): void {
  const { places, read, timers, take, isEnough, done } = walk;
  const step = (): void => {
    const batch: Place[] = [];
    let bytes = 0;
    let isEnd = false;
    while (batch.length < BATCH && bytes < BATCH_BYTES) {
      const next = places.next();
      if (next.done === true) {
        isEnd = true;
        break;
      }
      batch.push(next.value);
      const place = next.value.queue.entries.find(next.value.sequence);
      bytes += place === null ? 0 : lengthAt(place);
    }
    read(batch, (cards) => {
      batch.forEach((place, index) => {
        const card = cards[index] ?? null;
        if (card !== null) take(place, card);
      });
      if (isEnd || isEnough()) done();
      else timers.after(0, step);
    });
  };
  step();
}
