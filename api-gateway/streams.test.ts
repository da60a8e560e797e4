// Places for answers that do not end: bounded, given back, and all ended when the gateway stops.

import { describe, expect, it } from 'vitest';
import { Streams } from './streams.ts';
import { codeOf } from './testing/code-of.ts';

describe('Streams', () => {
  it('have as many places as were said, and each is given back once', () => {
    const streams = new Streams(1);
    const leave = streams.enter(() => undefined);
    expect(codeOf(() => streams.enter(() => undefined))).toBe('BUSY');
    leave();
    leave();
    expect(streams.size).toBe(0);
    expect(codeOf(() => streams.enter(() => undefined))).toBe('none');
  });

  it('all end when the gateway does, and none begins after that', () => {
    const streams = new Streams(5);
    const ended: number[] = [];
    for (const n of [1, 2, 3]) streams.enter(() => ended.push(n));
    streams.close();
    expect(ended).toEqual([1, 2, 3]);
    expect(codeOf(() => streams.enter(() => undefined))).toBe('DRAINING');
  });
});
