// What one run measures. Sizes, counts and modes are judged before a process is started.

import { STAMP_BYTES } from './measure/stamped-body.ts';

export const MODES = ['direct-ack', 'fanout'] as const;
export type Mode = (typeof MODES)[number];

/** Modes and classes that the earlier bench named and that this one does not know yet. */
const NOT_YET = ['mixed'];

export interface RunSettings {
  readonly mode: Mode;
  readonly payloadSize: number;
  readonly messages: number;
  /** Connections, each with a producer id and a window of its own, in one process. */
  readonly producers: number;
  /** The producers publish to these in turn; all lead to one queue. */
  readonly topics: number;
  /** Publishes of one producer that may wait for their confirm. */
  readonly window: number;
  /** What the consumer asks to hold unacknowledged; null: what the broker grants. */
  readonly consumerWindow: number | null;
  /** Messages per second over all producers; 0: as fast as it goes. */
  readonly rate: number;
}

export class SettingsFault extends Error {
  override readonly name = 'SettingsFault';
}

const MESSAGES_MAX = 1_000_000_000;
/** The broker tells duplicates in so many sequences of a producer; the client keeps within them. */
export const WINDOW_MAX = 16_384;

const LIMITS: Readonly<Record<Exclude<keyof RunSettings, 'mode' | 'consumerWindow'>, readonly [number, number]>> = {
  payloadSize: [STAMP_BYTES, 8 * 1024 * 1024],
  messages: [1, MESSAGES_MAX],
  producers: [1, 1_000],
  topics: [1, 100_000],
  window: [1, WINDOW_MAX],
  rate: [0, 100_000_000],
};

export function checkMode(mode: string): Mode {
  if ((MODES as readonly string[]).includes(mode)) return mode as Mode;
  if (NOT_YET.includes(mode))
    throw new SettingsFault(`--mode ${mode} is not supported yet: choose ${MODES.join(' or ')}`);
  throw new SettingsFault(`--mode ${mode} is not known: choose ${MODES.join(' or ')}`);
}

export function checkSettings(settings: RunSettings): RunSettings {
  checkMode(settings.mode);
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = settings[name as keyof typeof LIMITS];
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new SettingsFault(`--${flagOf(name)} must be a whole number from ${least} to ${most}, not ${value}`);
  }
  const { consumerWindow, producers, messages } = settings;
  if (consumerWindow !== null && !(Number.isSafeInteger(consumerWindow) && consumerWindow >= 1)) {
    throw new SettingsFault(`--consumer-window must be a whole number from 1, not ${consumerWindow}`);
  }
  if (messages < producers)
    throw new SettingsFault(`--messages ${messages} is less than one for each of ${producers} producers`);
  return settings;
}

const flagOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** How many messages each producer publishes: the rest goes to the first ones. */
export function sharesOf({ messages, producers }: Pick<RunSettings, 'messages' | 'producers'>): number[] {
  const least = Math.floor(messages / producers);
  return Array.from({ length: producers }, (_, producer) => least + (producer < messages % producers ? 1 : 0));
}

export const QUEUE = 'bench';
export const PATTERN = 'bench.>';
export const topicName = (index: number): string => `bench.${index}`;
