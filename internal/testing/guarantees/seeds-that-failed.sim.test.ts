// How it is proved: each seed that ever found something runs again.

import { expect, test } from 'vitest';
import { SCENARIOS } from '../sim/scenarios.ts';
import { SEEDS_THAT_FAILED } from '../sim/seeds.ts';
import { simulate } from '../sim/simulation.ts';

test.each(SEEDS_THAT_FAILED)('seed $seed of "$scenario" finds nothing any more: $found', async ({ seed, scenario }) => {
  const report = await simulate({ seed, plan: SCENARIOS[scenario] });
  expect(report.confirmed + report.refused).toBe(report.messages);
});
