// A phase is complete with the last missing message of the last subscriber, and not before.

import { describe, expect, it } from 'vitest';
import { DeliveryBook, PROBE } from './delivery-book.ts';

describe('a delivery book', () => {
  it('is complete when every subscriber has every message, duplicates not counted', async () => {
    const book = new DeliveryBook(2, 5);
    let isComplete = false;
    const until = book.until(2).then(() => {
      isComplete = true;
    });
    for (const [subscriber, index] of [
      [0, 0],
      [0, 1],
      [0, 1],
      [1, 0],
    ] as const) {
      book.note(subscriber, index);
    }
    await Promise.resolve();
    expect({ isComplete, received: book.received, duplicated: book.duplicated }).toEqual({
      isComplete: false,
      received: 3,
      duplicated: 1,
    });
    book.note(1, 1);
    await until;
    expect(book.isComplete).toBe(true);
    void book.until(5);
    expect(book.isComplete).toBe(false);
  });

  it('counts what nobody published, and does not count probes', () => {
    const book = new DeliveryBook(2, 5);
    book.note(0, 5);
    book.note(0, PROBE);
    expect(book.isProbed).toBe(false);
    book.note(1, PROBE);
    expect(book.isProbed).toBe(true);
    expect({ received: book.received, unexpected: book.unexpected }).toEqual({ received: 0, unexpected: 1 });
  });

  it('tells what all subscribers have, as often as was asked and at the end', () => {
    const book = new DeliveryBook(2, 10);
    const told: number[] = [];
    book.progress(4, (arrived) => told.push(arrived));
    void book.until(10);
    for (let index = 0; index < 10; index += 1) book.note(0, index);
    expect(told).toEqual([]);
    for (let index = 0; index < 10; index += 1) book.note(1, index);
    expect(told).toEqual([4, 8, 10]);
  });
});
