// What is told reaches every listener and reader, and nobody who does not read costs more than a bounded list.

import { describe, expect, it, vi } from 'vitest';
import { type Status, StatusFeed } from './status.ts';

const draining = (reconnectAfterMs: number): Status => ({ type: 'draining', connection: 'publish', reconnectAfterMs });

describe('the status feed', () => {
  it('tells readers what came while they did not wait, and what comes while they do', async () => {
    const feed = new StatusFeed();
    const reader = feed.read();
    feed.tell(draining(1));
    expect((await reader.next()).value).toEqual(draining(1));
    const next = reader.next();
    feed.tell(draining(2));
    expect((await next).value).toEqual(draining(2));
  });

  it('keeps the youngest for a reader that does not read', async () => {
    const feed = new StatusFeed();
    const reader = feed.read();
    for (let i = 0; i < 5_000; i++) feed.tell(draining(i));
    feed.tell({ type: 'closed', error: null });
    const seen: Status[] = [];
    for await (const status of reader) seen.push(status);
    expect(seen).toHaveLength(1_024);
    expect(seen.at(-1)).toEqual({ type: 'closed', error: null });
  });

  it('ends with closed, also for who comes later and for who waits', async () => {
    const feed = new StatusFeed();
    const reader = feed.read();
    const both = Promise.all([reader.next(), reader.next()]);
    feed.tell({ type: 'closed', error: null });
    feed.tell(draining(1));
    expect(await both).toEqual([
      { value: { type: 'closed', error: null }, done: false },
      { value: undefined, done: true },
    ]);
    expect(await feed.read().next()).toEqual({ value: undefined, done: true });
  });

  it('forgets a reader that left and a listener that was taken off', async () => {
    const feed = new StatusFeed();
    const heard: Status[] = [];
    const off = feed.on((status) => heard.push(status));
    const reader = feed.read();
    await reader.return?.();
    feed.tell(draining(1));
    off();
    feed.tell(draining(2));
    expect(heard).toEqual([draining(1)]);
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });

  it('lets a listener that throws disturb nobody but itself', () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] });
    const feed = new StatusFeed();
    const heard: Status[] = [];
    feed.on(() => {
      throw new Error('listener');
    });
    feed.on((status) => heard.push(status));
    feed.tell(draining(1));
    expect(heard).toHaveLength(1);
    expect(() => vi.runAllTimers()).toThrow('listener');
    vi.useRealTimers();
  });
});
