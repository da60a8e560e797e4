// The book of a run without an end counts like one of a run by count, and keeps only the pages that are not full.

import { describe, expect, it } from 'vitest';
import { ArrivalBook } from './arrival-book.ts';

const PAGE = 65_536;

describe('a book without a plan', () => {
  it('counts every message once over many pages, in any order', () => {
    const book = new ArrivalBook([Number.POSITIVE_INFINITY]);
    const count = 3 * PAGE + 17;
    // A step that has no divisor in common with the count visits every number once.
    let fresh = 0;
    for (let visit = 0; visit < count; visit += 1) if (book.note(0, (visit * 7_919) % count)) fresh += 1;
    expect(fresh).toBe(count);
    expect(book).toMatchObject({ distinct: count, duplicated: 0, unexpected: 0 });
  });

  it('knows a message again whose page was dropped because it was full', () => {
    const book = new ArrivalBook([Number.POSITIVE_INFINITY]);
    for (let index = 0; index < PAGE + 1; index += 1) book.note(0, index);
    expect([book.note(0, 5), book.note(0, PAGE), book.note(0, PAGE - 1)]).toEqual([false, false, false]);
    expect(book).toMatchObject({ distinct: PAGE + 1, duplicated: 3 });
  });

  it('counts beyond what 32 bits number', () => {
    const book = new ArrivalBook([Number.POSITIVE_INFINITY]);
    const far = 2 ** 40 + 3;
    expect([book.note(0, far), book.note(0, far), book.note(0, far + 2 ** 32)]).toEqual([true, false, true]);
  });

  it('keeps producers apart', () => {
    const book = new ArrivalBook([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect([book.note(0, 9), book.note(1, 9), book.note(2, 9)]).toEqual([true, true, false]);
    expect(book).toMatchObject({ distinct: 2, unexpected: 1 });
  });
});
