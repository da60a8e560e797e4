// What a race measures, judged before a process is started.

import { SettingsFault, type Transport } from '../settings.ts';
import { NUMBER_BYTES } from './wire/numbered-block.ts';
import type { Way } from './work/words.ts';

export const SYSTEMS = ['nats', 'redis', 'rabbitmq', 'mosquitto', 'limits'] as const;
export type SystemName = (typeof SYSTEMS)[number];
export const WAYS = ['client', 'raw'] as const satisfies readonly Way[];

export interface PeersSettings {
  /** Of a round, without the warm-up. */
  readonly messages: number;
  readonly payloadSize: number;
  readonly window: number;
  readonly rounds: number;
  /** Messages of each round before its clock starts. */
  readonly warmUp: number;
  readonly only: readonly SystemName[];
  readonly ways: readonly Way[];
  /** Of our broker and our client. */
  readonly transport: Transport;
  /** Where the data folders are made: decides which disk is measured. */
  readonly parentFolder: string;
  /** How long a round may stand still before it is given up. */
  readonly patienceMs: number;
  /** Folder for CPU profiles; null: none. */
  readonly profile: string | null;
}

const MESSAGES_MAX = 100_000_000;
const BODY_BYTES_MAX = 1024 * 1024;
/** The smallest of what the systems allow: the broker tells duplicates in so many sequences of a producer. */
const WINDOW_MAX = 16_384;
const ROUNDS_MAX = 99;
const PATIENCE_MS_MAX = 3_600_000;

const LIMITS = {
  messages: [1, MESSAGES_MAX],
  payloadSize: [NUMBER_BYTES, BODY_BYTES_MAX],
  window: [1, WINDOW_MAX],
  rounds: [1, ROUNDS_MAX],
  warmUp: [0, MESSAGES_MAX],
  patienceMs: [1, PATIENCE_MS_MAX],
} as const satisfies Partial<Record<keyof PeersSettings, readonly [number, number]>>;

const FLAGS: Readonly<Record<keyof typeof LIMITS, string>> = {
  messages: 'messages',
  payloadSize: 'payload-size',
  window: 'window',
  rounds: 'rounds',
  warmUp: 'warm-up',
  patienceMs: 'patience',
};

export function checkPeersSettings(settings: PeersSettings): PeersSettings {
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[]) {
    const [least, most] = LIMITS[name];
    const value = settings[name];
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new SettingsFault(`--${FLAGS[name]} must be a whole number from ${least} to ${most}, not ${value}`);
  }
  return settings;
}

export const systemsIn = (list: string): SystemName[] => namesIn('only', list, SYSTEMS);
export const waysIn = (list: string): Way[] => namesIn('ways', list, WAYS);

function namesIn<Name extends string>(flag: string, list: string, known: readonly Name[]): Name[] {
  const given = list.split(',').map((name) => name.trim());
  const strange = given.filter((name) => !(known as readonly string[]).includes(name));
  if (strange.length > 0)
    throw new SettingsFault(`--${flag} does not know ${strange.join(', ')}: choose from ${known.join(', ')}`);
  return known.filter((name) => given.includes(name));
}
