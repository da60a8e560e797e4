// Every history of a few messages and clients with a crash anywhere, on the real core: nothing is left to chance. Here the
// nearest states of each world; `npm run explore` goes to their ends. The search is trusted because it finds what is
// planted: each fault by the shortest way, told so that a person can follow it.

import { describe, expect, test } from 'vitest';
import { KEYED_FIELDS, UNKEYED_FIELDS } from './canonical-key.ts';
import { CORE } from './core.ts';
import { CORE_FAULTS, type CoreFaultName } from './core-faults.ts';
import { isWorld, WORLDS } from './scope.ts';
import { explore } from './search.ts';
import { SmallWorld } from './small-world.ts';

const STATES_MAX = 4_000;

describe.each(Object.keys(WORLDS).filter(isWorld))('the small world "%s"', (name) => {
  test('keeps every promise in every state', () => {
    const found = explore(WORLDS[name], { statesMax: STATES_MAX });
    expect(found.counterexample?.trace.join('\n')).toBeUndefined();
    expect(found.states).toBeGreaterThanOrEqual(STATES_MAX);
  });
});

describe.each(Object.keys(CORE_FAULTS) as CoreFaultName[])('planted: %s', (fault) => {
  test('is found, and told in a dozen steps', () => {
    const { core, world, broken } = CORE_FAULTS[fault];
    const { counterexample } = explore(WORLDS[world], { core, statesMax: STATES_MAX });
    expect(counterexample?.broken.slice(0, broken.length)).toBe(broken);
    expect(counterexample?.actions.length).toBeLessThanOrEqual(14);
    expect(counterexample?.trace.at(-1)).toContain(broken);
  });
});

test('a counterexample is told step by step, with what came of each', () => {
  const { counterexample } = explore(WORLDS.failures, {
    core: CORE_FAULTS['a start does not return what consumers held'].core,
  });
  expect(counterexample?.trace).toEqual([
    '  1. producer 1 publishes its message 1',
    '      event accepted in group 5',
    '  2. sync',
    '      group 5 is on the disk',
    '      producer 1 hears: message 1 confirmed',
    '  3. consumer 1: register',
    '      event session-opened in group 6',
    '  4. sync',
    '      group 6 is on the disk',
    '  5. dispatch',
    '      event leased in group 7',
    '      consumer 1 is given message 1 as 1',
    '  6. crash, with the disk as far as group 7',
    '      event started in group 8',
    '      event delivery-ids-reserved in group 8',
    '  => stalled: message 1 is held by "consumer-1", which cannot come back',
  ]);
});

test('two states are taken for one only by what is known of every field of the state', () => {
  const fields = Object.keys(new SmallWorld(WORLDS.plain, CORE).state);
  expect([...KEYED_FIELDS, ...Object.keys(UNKEYED_FIELDS)].sort()).toEqual(fields.sort());
});
