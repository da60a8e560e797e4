// What a history tells of the time before the journal: each attempt as what it was.

import { expect, it } from 'vitest';
import { type EarlierAttempt, type EarlierCopy, earlierSteps } from './earlier-steps.ts';

const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;
const attempt = (second: number, cause: string): EarlierAttempt => ({
  attempt: 1,
  consumer_id: 'w1',
  at: at(second),
  cause,
  reason: 'bad',
});
const copy = (history: readonly EarlierAttempt[], died: { second: number; cause: string } | null): EarlierCopy => ({
  queue: 'q',
  tenant_id: '',
  history,
  dead_letter: died === null ? null : { at: at(died.second), cause: died.cause, reason: 'bad' },
});
const told = (one: EarlierCopy, beginsAt = at(9), acceptedAt = at(0)) =>
  earlierSteps(acceptedAt, [one], beginsAt).map(({ event, cause }) => [event, cause].filter(Boolean).join(' '));

it('tells what a terminal nack did, before a replay and at the end', () => {
  const history = [attempt(1, 'nack_terminal'), attempt(2, 'redriven'), attempt(3, 'nack_terminal')];
  expect(told(copy(history, { second: 3, cause: 'nack_terminal' }))).toEqual([
    'accepted',
    'dead_lettered nack_terminal',
    'replayed',
    'dead_lettered nack_terminal',
  ]);
});

it('tells a terminal nack that found no room among the dead letters as a failure', () => {
  const history = [attempt(1, 'nack_terminal'), attempt(2, 'nack_retryable')];
  expect(told(copy(history, null))).toEqual(['accepted', 'failed nack_terminal', 'failed nack_retryable']);
});

it('tells the attempt that was one too many as the end, and an end that was no attempt as itself', () => {
  const history = [attempt(1, 'nack_retryable'), attempt(2, 'delivery_timeout')];
  expect(told(copy(history, { second: 2, cause: 'attempts_exhausted' }))).toEqual([
    'accepted',
    'failed nack_retryable',
    'dead_lettered attempts_exhausted',
  ]);
  expect(told(copy([], { second: 2, cause: 'returns_exhausted' }))).toEqual([
    'accepted',
    'dead_lettered returns_exhausted',
  ]);
});

it('leaves to the journal what it tells, and to another message what it took along from there', () => {
  const history = [attempt(1, 'nack_terminal'), attempt(2, 'redriven'), attempt(3, 'nack_retryable')];
  expect(told(copy(history, null), at(3), at(2))).toEqual(['accepted', 'replayed']);
});
