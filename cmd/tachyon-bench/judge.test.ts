// A run counts when everything that was accepted arrived, once it is said what that is; its figures add up.

import { describe, expect, it } from 'vitest';
import { type Changes, figuresOf } from '../../internal/testing/fixtures/bench-figures.ts';

describe('a run', () => {
  it('in which everything arrived counts', () => {
    expect(figuresOf()).toMatchObject({
      ok: true,
      faults: [],
      missing: 0,
      messagesPerSecond: 100,
      megabytesPerSecond: 0.1,
    });
  });

  it.each<[string, Changes, RegExp]>([
    ['loses a message', { consumer: { received: 999 } }, /^1 messages are missing$/],
    ['receives nothing', { consumer: { received: 0, receivedInTime: 0 } }, /^nothing was received$/],
    ['receives nothing in its time', { consumer: { receivedInTime: 0 } }, /within the measured time/],
    [
      'publishes nothing',
      { producer: { published: [0], confirmed: 0 }, consumer: { received: 0 } },
      /^nothing was published$/,
    ],
    [
      'is refused a publish',
      { producer: { published: [1_001], refused: { BUSY: 1 } } },
      /^1 publishes were not confirmed: \{"BUSY":1\}$/,
    ],
    ['receives what nobody published', { consumer: { unexpected: 2 } }, /did not publish/],
    ['leaves acknowledged messages behind', { leftover: 3 }, /^3 messages are in queues/],
    ['is promised less than the disk', { producer: { durability: ['memory'] } }, /memory instead of disk/],
    [
      'misses one of a subscriber',
      {
        settings: { mode: 'fanout', subscribers: 2 },
        producer: { durability: ['none'] },
        consumer: { received: 1_999 },
      },
      /^1 messages are missing$/,
    ],
  ])('that %s fails', (_, changes, fault) => {
    const { ok, faults } = figuresOf(changes);
    expect({ ok, faults }).toEqual({ ok: false, faults: [expect.stringMatching(fault)] });
  });

  it('counts duplicates and a queue whose end is not known as no fault', () => {
    expect(figuresOf({ consumer: { duplicated: 5 }, leftover: null })).toMatchObject({ ok: true, duplicated: 5 });
  });

  it('by count is measured from its first publish to its last acknowledgement', () => {
    const changes: Changes = {
      settings: { durationMs: 0 },
      measuredMs: null,
      producer: { firstPublishMs: 1_000, lastConfirmMs: 3_000 },
      consumer: { lastAckMs: 5_000, receivedInTime: 1 },
    };
    expect(figuresOf(changes)).toMatchObject({ seconds: 4, messagesPerSecond: 250, confirmedPerSecond: 500 });
  });

  it('tells what each process paid for a message, and all of them in shares of a core', () => {
    const figures = figuresOf();
    expect(figures.cpuMicrosPerMessage).toEqual({ broker: 1_000, producer: 1_000, consumer: 1_000 });
    expect(figures.heapBytesPerMessage).toEqual({ broker: 300, producer: 100, consumer: 200 });
    expect(figures.cpuPercent).toBe(30);
    expect(figuresOf({ broker: { cpuSeconds: null, gc: null } })).toMatchObject({
      cpuPercent: 20,
      cpuMicrosPerMessage: { broker: null },
      heapBytesPerMessage: { broker: null },
      gc: { broker: null },
    });
  });

  it('says how much of the disk its journal used', () => {
    const device = { blockBytes: 10_000, bytesPerSecond: 400_000, syncsPerSecond: 40, syncP50Ms: 1, syncP99Ms: 1 };
    expect(figuresOf({ device }).device).toMatchObject({ journalBytesPerSecond: 100_000, share: 0.25 });
    expect(figuresOf({ device, broker: { journalBytes: null } }).device).toBeNull();
  });
});
