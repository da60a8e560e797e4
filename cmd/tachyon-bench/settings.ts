// What one run measures. Sizes, counts and modes are judged before a process is started.

import { STAMP_BYTES } from './measure/stamped-body.ts';

/** `mixed` is direct-ack over topics of unequal share, each with a queue of its own. */
export const MODES = ['direct-ack', 'fanout', 'mixed'] as const;
export type Mode = (typeof MODES)[number];

export const TRANSPORTS = ['zmtp', 'libzmq'] as const;
export type Transport = (typeof TRANSPORTS)[number];
export const TRANSPORT_DEFAULT: Transport = 'zmtp';

/** What a confirm waits for, at a broker that is started here. */
export const DURABILITIES = ['disk', 'memory'] as const;
export type Durability = (typeof DURABILITIES)[number];

export interface RunSettings {
  readonly mode: Mode;
  readonly payloadSize: number;
  /** Over all producers; with `durationMs` they publish until that is over. */
  readonly messages: number;
  /** Connections, each with a producer id and a window of its own, in one process. */
  readonly producers: number;
  /** The producers publish to these in turn; all lead to one queue, but for `mixed`. */
  readonly topics: number;
  /** Publishes of one producer that may wait for their confirm. */
  readonly window: number;
  /** What the consumer asks to hold unacknowledged; null: what the broker grants. */
  readonly consumerWindow: number | null;
  /** Messages per second over all producers; 0: as fast as it goes. */
  readonly rate: number;
  /** Measured time, after `warmUpMs` of the same that count for nothing. Default 0: until `messages` are through. */
  readonly durationMs?: number;
  readonly warmUpMs?: number;
  /** Subscribers, in `fanout`. Default 1. */
  readonly subscribers?: number;
  /** A producer publishes so many in a row, once it has room for them. Default 1: whatever there is room for. */
  readonly batch?: number;
  /** Messages over all producers that are published and not consumed; 0 (default): no bound. */
  readonly inFlight?: number;
  /** Producers compress and consumers decompress: the broker passes on what it is given. Default false. */
  readonly compress?: boolean;
  readonly transport?: Transport;
  /** Publish to this one. Default: `bench.0` and so on. */
  readonly topic?: string;
  /** The workers tell how far they are so often; 0 (default): never. */
  readonly intervalMs?: number;
}

/** The same with everything that was left out. */
export type Workload = Required<RunSettings>;

export const workloadOf = (settings: RunSettings): Workload => ({
  durationMs: 0,
  warmUpMs: 0,
  subscribers: 1,
  batch: 1,
  inFlight: 0,
  compress: false,
  transport: TRANSPORT_DEFAULT,
  topic: '',
  intervalMs: 0,
  ...settings,
});

/** Below what the broker holds for one subscriber before it drops: measured is the rate at which nothing is missed. */
const FANOUT_UNDER_WAY_MAX = 8_192;

/** Messages between producers and consumers that nobody has told of yet; Infinity: the windows alone bound them. */
export function underWayMax({ mode, inFlight, window, producers }: Workload): number {
  const bound = inFlight === 0 ? Number.POSITIVE_INFINITY : inFlight;
  return mode === 'fanout' ? Math.min(bound, window * producers, FANOUT_UNDER_WAY_MAX) : bound;
}

/** How often arrivals are told to the producers within that bound. */
const TELLS_PER_FLIGHT = 16;
const TELL_EVERY_MAX = 16_384;
const TELL_EVERY_FANOUT = 256;

/** After how many arrivals the consumer tells of them: always before the producers stand still for want of it. */
export function tellEvery(workload: Workload): number {
  const perFlight = Math.ceil(underWayMax(workload) / TELLS_PER_FLIGHT);
  return Math.min(perFlight, workload.mode === 'fanout' ? TELL_EVERY_FANOUT : TELL_EVERY_MAX);
}

export class SettingsFault extends Error {
  override readonly name = 'SettingsFault';
}

const MESSAGES_MAX = 1_000_000_000;
/** The broker tells duplicates in so many sequences of a producer; the client keeps within them. */
export const WINDOW_MAX = 16_384;
const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;

type Counted = Exclude<keyof RunSettings, 'mode' | 'consumerWindow' | 'compress' | 'transport' | 'topic'>;

const LIMITS: Readonly<Record<Counted, readonly [number, number]>> = {
  payloadSize: [STAMP_BYTES, 8 * 1024 * 1024],
  messages: [1, MESSAGES_MAX],
  producers: [1, 1_000],
  topics: [1, 100_000],
  window: [1, WINDOW_MAX],
  rate: [0, 100_000_000],
  durationMs: [0, WEEK_MS],
  warmUpMs: [0, WEEK_MS],
  subscribers: [1, 1_000],
  batch: [1, WINDOW_MAX],
  inFlight: [0, MESSAGES_MAX],
  intervalMs: [0, WEEK_MS],
};

export const checkMode = (mode: string): Mode => oneOf('mode', mode, MODES);
export const checkTransport = (transport: string): Transport => oneOf('transport', transport, TRANSPORTS);
export const checkDurability = (durability: string): Durability => oneOf('durability', durability, DURABILITIES);

function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  if ((known as readonly string[]).includes(value)) return value as T;
  throw new SettingsFault(`--${flag} ${value} is not known: choose ${known.join(' or ')}`);
}

export function checkSettings(settings: RunSettings): RunSettings {
  checkMode(settings.mode);
  const workload = workloadOf(settings);
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = workload[name as Counted];
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new SettingsFault(`--${flagOf(name)} must be a whole number from ${least} to ${most}, not ${value}`);
  }
  const { consumerWindow, producers, messages, durationMs, batch, window, mode, topics } = workload;
  if (consumerWindow !== null && !(Number.isSafeInteger(consumerWindow) && consumerWindow >= 1)) {
    throw new SettingsFault(`--consumer-window must be a whole number from 1, not ${consumerWindow}`);
  }
  if (durationMs === 0 && messages < producers)
    throw new SettingsFault(`--messages ${messages} is less than one for each of ${producers} producers`);
  if (batch > window) throw new SettingsFault(`--batch ${batch} is more than --window ${window}`);
  if (mode === 'mixed' && (topics < 2 || topics > MIXED_TOPICS_MAX))
    throw new SettingsFault(`--mixed-topics must be from 2 to ${MIXED_TOPICS_MAX}, not ${topics}`);
  return settings;
}

/** A queue and a connection each. */
const MIXED_TOPICS_MAX = 256;

const flagOf = (name: string): string =>
  name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** How many messages each producer publishes: the rest goes to the first ones. */
export function sharesOf({ messages, producers }: Pick<RunSettings, 'messages' | 'producers'>): number[] {
  const least = Math.floor(messages / producers);
  return Array.from({ length: producers }, (_, producer) => least + (producer < messages % producers ? 1 : 0));
}

export const QUEUE = 'bench';
export const PATTERN = 'bench.>';
export const topicName = (index: number): string => `bench.${index}`;

/** Which queues the run works on, and what leads to each. */
export function queuesOf({ mode, topics, topic }: Workload): readonly { queue: string; pattern: string }[] {
  if (mode !== 'mixed') return [{ queue: QUEUE, pattern: topic === '' ? PATTERN : topic }];
  return Array.from({ length: topics }, (_, index) => ({ queue: `${QUEUE}-${index}`, pattern: topicName(index) }));
}

/** Of ten messages of a mixed run. */
const HOT_OF_TEN = 7;

/** The topics that a producer walks through, again and again. In a mixed run seven of ten are the first one. */
export function topicPlan({ mode, topics, topic }: Workload): readonly string[] {
  if (topic !== '') return [topic];
  if (mode !== 'mixed') return Array.from({ length: topics }, (_, index) => topicName(index));
  const cold = topics - 1;
  let nextCold = 0;
  // Whole tens of messages in which every cold topic has its turn equally often.
  return Array.from({ length: 10 * cold }, (_, at) => {
    if (at % 10 < HOT_OF_TEN) return topicName(0);
    nextCold = (nextCold % cold) + 1;
    return topicName(nextCold);
  });
}
