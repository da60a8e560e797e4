// What a driver is: one system, one way, both roles. It connects, moves bytes and says what was confirmed and what
// arrived; pace, books and clocks are not its business.

import type { DeliveryBook } from './delivery-book.ts';
import type { SendWindow } from './send-window.ts';
import type { Job } from './words.ts';

interface Seat {
  readonly job: Job;
  /** The round cannot go on. */
  readonly fail: (error: Error) => void;
}

export interface ProducerSeat extends Seat {
  readonly window: SendWindow;
}

export interface ConsumerSeat extends Seat {
  readonly book: DeliveryBook;
}

export interface OpenConsumer {
  /** Resolves when the server has taken every acknowledgement so far, as far as its protocol can tell. */
  settled(): Promise<void>;
}

/** Connections end with their process. */
export interface Driver {
  /** Resolves when messages can be sent; from then on the window sends through it. */
  openProducer(seat: ProducerSeat): Promise<void>;
  /** Resolves when everything that is published from now on will arrive. */
  openConsumer(seat: ConsumerSeat): Promise<OpenConsumer>;
}

/** Messages that a raw driver sends in one block: a part of the window, so that it never runs dry. */
export const chunkOf = (window: number): number => Math.max(1, Math.min(256, window >>> 4));
