// A reading of the clock is shared within a turn of the event loop, by a few, and never by two turns.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eventually } from '../../../internal/testing/eventually.ts';
import { machineMs, TurnClock } from './clock.ts';

it('the turn clock reads once for up to 32 messages of a turn, and anew in the next', async () => {
  const clock = new TurnClock();
  const first = clock.now();
  const shared = Array.from({ length: 31 }, () => clock.now());
  expect(new Set(shared)).toEqual(new Set([first]));
  expect(clock.now()).toBeGreaterThan(first);
  const before = machineMs();
  await nextTurn();
  await nextTurn();
  expect(clock.now()).toBeGreaterThanOrEqual(before);
});

it('the turn clock is not behind when a message comes alone', async () => {
  const clock = new TurnClock();
  clock.now();
  const waitedFrom = machineMs();
  await eventually('five milliseconds are over', () => machineMs() - waitedFrom > 5);
  await nextTurn();
  expect(machineMs() - clock.now()).toBeLessThan(machineMs() - waitedFrom);
});
