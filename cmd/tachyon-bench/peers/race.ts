// The race: every lane both ways, round by round and one after the other (A B C, A B C ...), so that what else the machine
// does meets all of them. A lane whose every round counted has a figure, the median; any other has its faults.

import { type DeviceFigures, measureDevice } from '../measure/device.ts';
import type { Percentiles } from '../measure/histogram.ts';
import { describeMachine, type Machine } from '../measure/machine.ts';
import { measureEcho } from '../processes/echo-process.ts';
import type { Round } from './judge-round.ts';
import { findLanes, type Lane, type LaneClass, type Missing } from './lanes.ts';
import { runRound } from './round.ts';
import { makeFolder } from './servers/own-folder.ts';
import type { PeersSettings } from './settings.ts';
import type { Way } from './work/words.ts';

export interface Entry {
  readonly lane: string;
  readonly label: string;
  readonly class: LaneClass;
  readonly isOurs: boolean;
  readonly version: string;
  readonly durability: string;
  readonly way: Way;
  readonly rounds: readonly Round[];
  /** Median of the rounds; null when one of them is no figure. */
  readonly perSecond: number | null;
}

export interface RaceFigures {
  readonly machine: Machine;
  readonly command: string;
  readonly settings: PeersSettings;
  readonly entries: readonly Entry[];
  readonly missing: readonly Missing[];
  /** Null unless they were asked for. */
  readonly limits: Limits | null;
}

/** What machine and disk allow, whatever the broker. */
export interface Limits {
  readonly smallSyncs: DeviceFigures;
  readonly largeSyncs: DeviceFigures;
  readonly roundTrip: Percentiles;
}

export const SMALL_BYTES = 4 * 1024;
export const LARGE_BYTES = 1024 * 1024;
const ECHO_MS = 1_000;

interface Runner {
  readonly lane: Lane;
  readonly way: Way;
  readonly rounds: Round[];
}

/** `said` is given a line about each round. */
export async function race(
  settings: PeersSettings,
  command: string,
  said: (line: string) => void,
): Promise<RaceFigures> {
  const machine = describeMachine();
  const home = makeFolder(settings.parentFolder);
  try {
    const { lanes, missing } = await findLanes(settings, home.path);
    for (const { label, why } of missing) said(`left out: ${label}: ${why}`);
    // First, while nothing else runs.
    const limits = settings.only.includes('limits') ? await measureLimits(home.path, settings.payloadSize) : null;
    const runners = runnersOf(lanes, settings.ways);
    for (let round = 1; round <= settings.rounds; round += 1) {
      for (const { lane, way, rounds } of runners) {
        const result = await runRound(lane, way, settings);
        rounds.push(result);
        said(`round ${round}: ${lane.label}, ${way}: ${inWords(result)}`);
      }
    }
    return { machine, command, settings, entries: runners.map(entryOf), missing, limits };
  } finally {
    home.remove();
  }
}

const measureLimits = async (folder: string, payloadSize: number): Promise<Limits> => ({
  smallSyncs: measureDevice(folder, SMALL_BYTES),
  largeSyncs: measureDevice(folder, LARGE_BYTES),
  roundTrip: await measureEcho(payloadSize, ECHO_MS),
});

/** Limits are driven raw only, and also where only clients are asked for: they bound those too. */
const runnersOf = (lanes: readonly Lane[], ways: readonly Way[]): Runner[] =>
  lanes.flatMap((lane) =>
    lane.ways.filter((way) => ways.includes(way) || lane.class === 'limit').map((way) => ({ lane, way, rounds: [] })),
  );

const entryOf = ({ lane, way, rounds }: Runner): Entry => ({
  lane: lane.id,
  label: lane.label,
  class: lane.class,
  isOurs: lane.isOurs,
  version: lane.version,
  durability: lane.durability,
  way,
  rounds,
  perSecond: medianOf(rounds.map(({ perSecond }) => perSecond)),
});

/** Of an even number the slower of the middle two; null when one of them is missing. */
export function medianOf(figures: readonly (number | null)[]): number | null {
  const counting = figures.filter((figure) => figure !== null);
  if (counting.length === 0 || counting.length < figures.length) return null;
  return counting.toSorted((a, b) => a - b)[Math.floor((counting.length - 1) / 2)] ?? null;
}

const inWords = ({ perSecond, faults, cpuSeconds: { server, producer, consumer } }: Round): string => {
  if (perSecond === null) return `NO FIGURE: ${faults.join('; ')}`;
  const cpu = [server, producer, consumer].map((seconds) => (seconds === null ? '?' : seconds.toFixed(2))).join(' / ');
  return `${perSecond.toLocaleString('en-US')}/s, CPU s of server / producer / consumer ${cpu}`;
};
