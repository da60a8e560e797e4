// What a consumer is told that gets nothing: the reason, what there is, and what would help; nothing where a message comes.

import { describe, expect, it } from 'vitest';
import { stuckTexts, waitingTexts } from './waiting-text.ts';

const why = (reason: string, more: object = {}) => ({
  queue: 'orders',
  reason,
  detail: `it is ${reason}`,
  next_step: '',
  ready: 0,
  waiting_retry: 0,
  unreadable: 0,
  dead_letters: 0,
  ...more,
});

describe('whoever waits', () => {
  it('hears the reason, what there is, and the next step', () => {
    const paused = why('paused', { ready: 5, dead_letters: 2, next_step: 'tachyon queues resume orders' });
    expect(waitingTexts([paused])).toEqual([
      'waiting: queue "orders": it is paused (5 ready, 2 in its dead letters)\n  next: tachyon queues resume orders',
    ]);
    expect(waitingTexts([why('empty')])).toEqual(['waiting: queue "orders": it is empty']);
  });

  it.each(['dispatching', 'reading', 'not_durable'])('hears nothing while one comes (%s)', (reason) => {
    expect(waitingTexts([why(reason, { ready: 1 })])).toEqual([]);
  });

  it('is not driven by the name of a queue', () => {
    expect(waitingTexts([why('empty', { queue: 'a\u001b[2J' })])[0]).not.toContain('\u001b');
  });
});

describe('a queue that was to be emptied', () => {
  it.each([
    ['paused', { ready: 5 }, 'it is paused, 5 ready'],
    ['draining', { ready: 1, waiting_retry: 2 }, 'it is draining, 1 ready, 2 waiting for a retry'],
    // The fetch has ended: that our own consumer asks for nothing is no reason.
    ['nothing_fetched', { waiting_retry: 3 }, '3 waiting for a retry'],
    ['unreadable', { unreadable: 1 }, '1 damaged on disk'],
  ])('and is %s holds what cannot come', (reason, counts, expected) => {
    expect(stuckTexts([why(reason, counts)])).toEqual([`not empty: queue "orders": ${expected}`]);
  });

  it.each([
    ['empty', {}],
    ['all_leased', {}],
    ['paused', {}],
    ['dispatching', { ready: 1 }],
    ['nothing_fetched', { ready: 1 }],
  ])('and is %s without such messages was emptied', (reason, counts) => {
    expect(stuckTexts([why(reason, counts)])).toEqual([]);
  });
});
