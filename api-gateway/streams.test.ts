// Places for answers that do not end: bounded, given back, and all ended when the gateway stops.

import { describe, expect, it } from 'vitest';
import { Streams } from './streams.ts';
import { codeOf } from './testing/code-of.ts';

describe('Streams', () => {
  it('have as many places as were said, and each is given back once', () => {
    const streams = new Streams(1);
    const leave = streams.enter('events', () => undefined);
    expect(codeOf(() => streams.enter('websocket', () => undefined))).toBe('BUSY');
    expect(streams.open).toEqual({ events: 1, websocket: 0 });
    leave();
    leave();
    expect(streams.open).toEqual({ events: 0, websocket: 0 });
    expect(codeOf(() => streams.enter('websocket', () => undefined))).toBe('none');
    expect(streams.open).toEqual({ events: 0, websocket: 1 });
  });

  it('all end when the gateway does, and none begins after that', () => {
    const streams = new Streams(5);
    const ended: number[] = [];
    for (const n of [1, 2, 3]) streams.enter('events', () => ended.push(n));
    streams.close();
    expect(ended).toEqual([1, 2, 3]);
    expect(codeOf(() => streams.enter('events', () => undefined))).toBe('DRAINING');
  });
});
