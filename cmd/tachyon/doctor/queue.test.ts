// Each thing that holds up a queue is named, with what helps; and nothing is named where nothing is wrong.

import { expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import { whyQueue } from './queue.ts';

const ROUTE = { pattern: 'a', enabled: true };
const moving = {
  queue: 'orders',
  depth: 3,
  ready: 1,
  leased: 2,
  waiting_retry: 0,
  dead_letters: 0,
  unreadable: 0,
  oldest_unacked_ms: 1_000,
  routes: [ROUTE],
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
  const empty = { reason: 'empty', detail: 'no message waits', next_step: '' };
  expect(troubles(why({ depth: 0, ready: 0, leased: 0 }, {}, empty))).toEqual([]);
});

it.each([
  ['paused', 'warn delivery'],
  ['window_full', 'warn delivery'],
  ['no_consumer', 'fail delivery'],
  ['unreadable', 'fail delivery'],
])("tells the scheduler's own reason: %s", (reason, finding) => {
  expect(troubles(why({}, {}, { reason, detail: 'so', next_step: 'do this' }))).toEqual([finding]);
});

const SLOW = { consumers: [{ consumer_id: 'w1', room: 0, reason: 'consumer_not_reading' }] };

it.each([
  ['a consumer does not read', {}, {}, { ...GOES, ...SLOW }, 'warn consumers'],
  ['bodies are damaged', { unreadable: 1 }, {}, GOES, 'fail bodies'],
  ['messages died', { dead_letters: 2 }, {}, GOES, 'warn dead letters'],
  ['no route leads to it', { routes: [] }, {}, GOES, 'warn routes'],
  ['its routes are disabled', { routes: [{ ...ROUTE, enabled: false }] }, {}, GOES, 'warn routes'],
  ['the disk is full', {}, { journal: { blocked: 'ENOSPC' } }, GOES, 'fail journal'],
  ['the broker goes', {}, { draining: true }, GOES, 'warn broker'],
])('adds to it that %s', (_, queue, status, told, trouble) => {
  expect(troubles(why(queue, status, told))).toEqual([trouble]);
});

it.each([
  ['consumer_not_reading', {}, {}, SLOW],
  ['unreadable', { ready: 0, leased: 0, unreadable: 3 }, {}, {}],
  ['storage_full', {}, { journal: { blocked: 'ENOSPC' } }, {}],
  ['draining', {}, { draining: true }, {}],
])('does not say a second time what the scheduler has said: %s', (reason, queue, status, more) => {
  const told = { reason, detail: 'so', next_step: 'do this', ...more };
  expect(troubles(why(queue, status, told))).toHaveLength(1);
});
