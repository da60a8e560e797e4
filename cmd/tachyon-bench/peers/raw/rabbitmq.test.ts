// Confirms of a channel may name one tag or all up to one, and need not come in order.

import { describe, expect, it } from 'vitest';
import { ConfirmCount } from './rabbitmq.ts';

describe('the count of confirms', () => {
  it('counts each tag once, alone or in a run', () => {
    const count = new ConfirmCount();
    expect(count.take(1, false)).toBe(1);
    expect(count.take(4, false)).toBe(1);
    expect(count.take(4, false)).toBe(0);
    expect(count.take(3, true)).toBe(2);
    expect(count.take(2, true)).toBe(0);
    expect(count.take(5, false)).toBe(1);
    expect(count.take(9, true)).toBe(4);
    expect(count.take(9, false)).toBe(0);
  });

  it('is the number of tags, whatever the order', () => {
    const count = new ConfirmCount();
    const tags = [3, 2, 1, 7, 5, 6, 4, 10, 9, 8];
    expect(tags.reduce((sum, tag) => sum + count.take(tag, false), 0)).toBe(10);
    expect(count.take(10, true)).toBe(0);
  });
});
