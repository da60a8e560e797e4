// The simulator must find every planted fault, in a run that finds nothing without the fault: a checker that has never
// failed has proved nothing.

import { describe, expect, test } from 'vitest';
import { SCENARIOS, type ScenarioName } from '../sim/scenarios.ts';
import { simulate } from '../sim/simulation.ts';
import { seedsFrom } from '../sim/sweep.ts';
import { BROKER_FAULTS, type BrokerFault } from './broker-faults.ts';

/** Where each was found fast; the search goes on from 1 when that seed means something else by now. */
const FOUND_AT: Readonly<Record<BrokerFault, number>> = {
  'a torn batch': 1,
  'a batch taken message by message': 1,
  'limits: nothing is bounded': 1,
  'limits: a count leaks at a restart': 1,
  'limits: nobody may wait for room': 1,
  'limits: a throttled consumer starves': 1,
  'confirm before sync': 7,
  'lost ack': 3,
  'answer before the audit line': 1,
  'times forgotten at a restart': 2,
  'copies of dead letters forgotten at a restart': 1,
  'copies of dead letters made again at a restart': 1,
  'conditions of routes forgotten at a restart': 1,
  'a cancel that the restart forgets': 1,
  'a schedule fires again after a restart': 1,
  'a schedule fires early': 1,
  'a schedule forgets what it missed': 1,
  'a key goes on before its settlement is durable': 29,
  'keys forgotten at a restart': 1,
  'skipped folder sync': 1,
  'reused token': 1,
  'torn tail kept': 5,
  'W1: a heartbeat stops the desk': 1,
  'W2: a torn tail costs the open segment': 5,
  'W3: a replay that is lost with the process': 10,
  'W4: a restart doubles what waits for its retry': 11,
  'W5: an ack does not wake the queue': 1,
  'W6: a nack or a timeout frees a slot and wakes nobody': 91,
  'W7: a reused message id is never acked': 1,
  'W8: an accept stays in memory': 1,
};
/** Where others than a storm show it. */
const SHOWN_BY: Partial<Record<BrokerFault, ScenarioName>> = {
  'times forgotten at a restart': 'times',
  'copies of dead letters forgotten at a restart': 'letters',
  'copies of dead letters made again at a restart': 'letters',
  'conditions of routes forgotten at a restart': 'letters',
  'a cancel that the restart forgets': 'times',
  'a schedule fires again after a restart': 'times',
  'a schedule fires early': 'times',
  'a schedule forgets what it missed': 'times',
  'a torn batch': 'batches',
  'a batch taken message by message': 'batches',
  'limits: nothing is bounded': 'limits',
  'limits: a count leaks at a restart': 'limits',
  'limits: nobody may wait for room': 'limits',
  'limits: a throttled consumer starves': 'limits',
  'a key goes on before its settlement is durable': 'lanes',
  'keys forgotten at a restart': 'lanes',
};
const SEEDS_MAX = 200;

const outcome = async (seed: number, fault: BrokerFault, isPlanted: boolean): Promise<string | null> => {
  try {
    const plan = SCENARIOS[SHOWN_BY[fault] ?? 'storm'];
    await simulate({ seed, plan, plant: isPlanted ? BROKER_FAULTS[fault] : {} });
    return null;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
};

describe.each(Object.keys(BROKER_FAULTS) as BrokerFault[])('%s', (fault) => {
  test(`is found within ${SEEDS_MAX} seeds, and nothing is found there without it`, async () => {
    let found: string | null = null;
    let seed = 0;
    for (seed of [FOUND_AT[fault], ...seedsFrom(1, SEEDS_MAX)]) {
      found = await outcome(seed, fault, true);
      if (found !== null) break;
    }
    expect(found).toBe('Violation');
    expect(await outcome(seed, fault, false)).toBeNull();
  });
});
