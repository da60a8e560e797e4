// Each thing that holds up a queue is named, with what helps; and nothing is named where nothing is wrong.

import { expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import { whyQueue } from './queue.ts';

const ROUTE = { pattern: 'a', enabled: true };
const worker = (more: object = {}) => ({ consumer_id: 'w1', inflight: 0, window: 10, blocked: false, ...more });

const moving = {
  queue: 'orders',
  depth: 3,
  ready: 1,
  leased: 2,
  waiting_retry: 0,
  dead_letters: 0,
  unreadable: 0,
  consumers: 1,
  oldest_unacked_ms: 1_000,
  routes: [ROUTE],
  sessions: [worker()],
};

const GOES = { reason: 'dispatching', detail: 'the next message goes with the next turn', next_step: '' };

const why = (queue: object, status: object = {}, told: object = GOES): readonly Finding[] =>
  whyQueue({
    why: { ...told },
    queue: { ...moving, ...queue },
    status: { journal: { blocked: null }, draining: false, ...status },
  });

const troubles = (findings: readonly Finding[]): readonly string[] => {
  for (const { state, next } of findings) expect(next === '').toBe(state === 'ok');
  return findings.filter(({ state }) => state !== 'ok').map(({ check, state }) => `${state} ${check}`);
};

it('finds a queue that moves well, and one that is empty', () => {
  expect(troubles(why({}))).toEqual([]);
  expect(troubles(why({ depth: 0, ready: 0, leased: 0, consumers: 0, sessions: [] }))).toEqual([]);
});

it.each([
  ['paused', 'warn delivery'],
  ['window_full', 'warn delivery'],
  ['no_consumer', 'fail delivery'],
  ['unreadable', 'fail delivery'],
])("tells the scheduler's own reason: %s", (reason, finding) => {
  expect(troubles(why({}, {}, { reason, detail: 'so', next_step: 'do this' }))).toEqual([finding]);
});

it.each([
  ['nobody takes messages', { consumers: 0, sessions: [] }, {}, 'fail consumers'],
  ['all windows are full', { sessions: [worker({ inflight: 10 })] }, {}, 'warn consumers'],
  ['a consumer does not read', { sessions: [worker({ blocked: true }), worker()] }, {}, 'warn consumers'],
  ['all wait for a retry', { ready: 0, leased: 0, waiting_retry: 3 }, {}, 'warn messages'],
  ['bodies are damaged', { unreadable: 1 }, {}, 'fail bodies'],
  ['messages died', { dead_letters: 2 }, {}, 'warn dead letters'],
  ['no route leads to it', { routes: [] }, {}, 'warn routes'],
  ['its routes are disabled', { routes: [{ ...ROUTE, enabled: false }] }, {}, 'warn routes'],
  ['the disk is full', {}, { journal: { blocked: 'ENOSPC' } }, 'fail journal'],
  ['the broker goes', {}, { draining: true }, 'warn broker'],
])('says that %s', (_, queue, status, trouble) => {
  expect(troubles(why(queue, status))).toEqual([trouble]);
});

it('does not blame windows while one consumer has room', () => {
  expect(troubles(why({ sessions: [worker({ inflight: 10 }), worker()] }))).toEqual([]);
});
