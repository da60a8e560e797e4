// The demo's books: what was confirmed and what arrived are compared by them, so they are tested first.

import { expect, it } from 'vitest';
import { Books } from './books.ts';

it('a confirmed message that nobody worked on is lost, one that was dead-lettered is not', () => {
  const books = new Books(3);
  for (const number of [0, 1, 2]) books.noteConfirmed(number);
  books.noteWorked('archive', 0);
  books.noteDead('archive', 1);
  expect(books.figures('archive')).toMatchObject({ lost: 1, deadLettered: 1, acked: 1 });
  expect(books.figures('processing').lost).toBe(3);
});

it('a message that was never confirmed is owed to nobody', () => {
  const books = new Books(2);
  books.noteConfirmed(0);
  books.noteWorked('archive', 0);
  expect(books.figures('archive').lost).toBe(0);
});

it('a second time is a duplicate, and counts as work once', () => {
  const books = new Books(1);
  books.noteConfirmed(0);
  books.noteWorked('archive', 0);
  books.noteWorked('archive', 0);
  expect(books.figures('archive')).toMatchObject({ delivered: 2, duplicates: 1, lost: 0 });
  expect(books.done('archive')).toBe(1);
});
