// Runs seeds one after the other and adds up what they did. A failure says how to replay it.

import type { Report } from './report.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { simulate } from './simulation.ts';

type Counted = { [Name in keyof Report]: Report[Name] extends number ? Name : never }[keyof Report];
export type Sums = Record<Counted, number> & { readonly crashes: Record<string, number> };

export const replayCommand = (seed: number, scenario: ScenarioName): string =>
  `npm run sim -- --seed ${seed}${scenario === 'storm' ? '' : ` --scenario ${scenario}`}`;

/** `failed` is told of each failure and says whether to go on; without it the first one is thrown. */
export async function sweep(
  seeds: Iterable<number>,
  scenario: ScenarioName = 'storm',
  failed?: (seed: number, error: unknown) => boolean,
): Promise<Sums> {
  const sums: Record<string, number> = {};
  const crashes: Record<string, number> = {};
  for (const seed of seeds) {
    try {
      const report = await simulate({ seed, plan: SCENARIOS[scenario] });
      for (const [name, value] of Object.entries(report)) {
        if (typeof value === 'number') sums[name] = (sums[name] ?? 0) + value;
      }
      for (const [moment, times] of Object.entries(report.crashes)) crashes[moment] = (crashes[moment] ?? 0) + times;
    } catch (error) {
      if (failed === undefined)
        throw new Error(`seed ${seed}; replay it with: ${replayCommand(seed, scenario)}`, { cause: error });
      if (!failed(seed, error)) break;
    }
  }
  return { ...sums, crashes } as Sums;
}

export function* seedsFrom(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}
