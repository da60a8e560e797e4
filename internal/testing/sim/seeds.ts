// Seeds that have found something once: they run forever. What a seed means changes with the plans, so each is one that
// found its fault in the plans as they are.

import type { ScenarioName } from './scenarios.ts';

export interface FailedSeed {
  readonly seed: number;
  readonly scenario: ScenarioName;
  readonly found: string;
}

export const SEEDS_THAT_FAILED: readonly FailedSeed[] = [];
