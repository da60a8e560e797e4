// npm run sim -- --seeds 1000 [--first 1] [--scenario NAME]   runs seeds, one after the other, and says what they did
// npm run sim -- --seed 17 [--scenario NAME] [--fault NAME]   replays one, with a trace
// Stops at the first violation, unless --keep-going, and prints the command that replays it.

import { parseArgs } from 'node:util';
import { BROKER_FAULTS } from '../internal/testing/faults/broker-faults.ts';
import { isScenario, SCENARIOS, type ScenarioName } from '../internal/testing/sim/scenarios.ts';
import { simulate } from '../internal/testing/sim/simulation.ts';
import { replayCommand, seedsFrom, sweep } from '../internal/testing/sim/sweep.ts';
import type { Plant } from '../internal/testing/sim/world/sim-broker.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    scenario: { type: 'string', default: 'storm' },
    fault: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
  },
});

function usage(problem: string): never {
  console.error(problem);
  process.exit(2);
}

function whole(name: string, text: string): number {
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 0 ? number : usage(`--${name} must be a whole number`);
}

function plantOf(name: string): Plant {
  const known = Object.entries(BROKER_FAULTS).find(([fault]) => fault.startsWith(name));
  return known?.[1] ?? usage(`--fault must begin one of: ${Object.keys(BROKER_FAULTS).join('; ')}`);
}

async function replay(seed: number, scenario: ScenarioName): Promise<boolean> {
  const plant = values.fault === undefined ? {} : plantOf(values.fault);
  try {
    console.log(await simulate({ seed, plant, plan: SCENARIOS[scenario], trace: (line) => console.log(line) }));
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

async function many(first: number, count: number, scenario: ScenarioName): Promise<boolean> {
  let failed = 0;
  const startedMs = performance.now();
  const sums = await sweep(seedsFrom(first, count), scenario, (seed, error) => {
    failed += 1;
    console.error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    console.error(`replay it with: ${replayCommand(seed, scenario)}`);
    return values['keep-going'];
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  const { seed: _seed, ...shown } = sums;
  console.log({ ...shown, failed });
  if (failed === 0)
    console.log(`${count} seeds from ${first} on, ${(count / seconds).toFixed(1)} per second: nothing lost`);
  return failed === 0;
}

const { scenario } = values;
if (!isScenario(scenario)) usage(`--scenario must be one of: ${Object.keys(SCENARIOS).join(', ')}`);
else {
  const good =
    values.seed === undefined
      ? await many(whole('first', values.first), whole('seeds', values.seeds), scenario)
      : await replay(whole('seed', values.seed), scenario);
  process.exitCode = good ? 0 : 1;
}
