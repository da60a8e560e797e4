// A hundred dashboards cost one computation a second, and nobody waits for it but they.

import { describe, expect, it } from 'vitest';
import { keptFor } from './kept-for.ts';

describe('a kept value', () => {
  it('is made once a second however often it is asked for', async () => {
    let nowMs = 0;
    let made = 0;
    const read = keptFor({
      ms: 1_000,
      monotonicMs: () => nowMs,
      *make() {
        made += 1;
        yield;
        return made;
      },
    });
    const dashboards = () => Promise.all(Array.from({ length: 100 }, read));
    expect(new Set(await dashboards())).toEqual(new Set([1]));
    nowMs = 999;
    expect(await read()).toBe(1);
    nowMs = 1_000;
    expect(new Set(await dashboards())).toEqual(new Set([2]));
  });

  it('of a single step is made again all the same', async () => {
    let nowMs = 0;
    const read = keptFor({
      ms: 1_000,
      monotonicMs: () => nowMs,
      *make() {
        yield* [];
        return nowMs;
      },
    });
    const seen: number[] = [];
    for (; nowMs <= 3_000; nowMs += 500) seen.push(await read());
    expect(seen).toEqual([0, 0, 1_000, 1_000, 2_000, 2_000, 3_000]);
  });

  it('lets others work between its steps', async () => {
    const order: string[] = [];
    const read = keptFor({
      ms: 1,
      monotonicMs: () => 0,
      *make() {
        order.push('first step');
        yield;
        order.push('second step');
        return order;
      },
    });
    setImmediate(() => order.push('other work'));
    await read();
    expect(order).toEqual(['first step', 'other work', 'second step']);
  });

  it('that could not be made is asked for again', async () => {
    let isBroken = true;
    const read = keptFor({
      ms: 1_000,
      monotonicMs: () => 0,
      *make() {
        if (isBroken) throw new Error('broken');
        yield* [];
        return 'made';
      },
    });
    await expect(read()).rejects.toThrow('broken');
    await expect(read()).rejects.toThrow('broken');
    isBroken = false;
    expect(await read()).toBe('made');
  });
});
