// What a seed stands for: the sizes, the queues, the clients and the storm. Each seed leaves some kinds of trouble out,
// since trouble of one kind can hide that of another.

import type { EngineSettings } from '../../app/engine-settings.ts';
import { DEFAULT_LIMITS } from '../../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY, type QueuePolicy } from '../../domain/queue-policy.ts';
import type { Random } from './random.ts';
import type { ConsumerPlan } from './workload/consumer.ts';
import type { ProducerPlan } from './workload/producer.ts';

export interface QueuePlan {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly policy: QueuePolicy;
  /** Bound by a route that takes messages of this header value alone, and by nothing else. */
  readonly parity?: 'odd' | 'even';
}

export interface SchedulePlan {
  readonly periodMs: number;
  readonly overlap: 'skip' | 'allow';
  readonly catchUp: 'none' | 'one' | 'all';
}

export type Trouble =
  | 'power'
  | 'kill'
  | 'stop'
  | 'disk-error'
  | 'no-space'
  | 'cut'
  | 'deaf'
  | 'freeze'
  | 'clock'
  | 'slow-disk'
  | 'operator';

export interface Plan {
  readonly stormMs: number;
  readonly segmentBytes: number;
  readonly tailCacheBytes: number;
  readonly tornSectors: boolean;
  readonly peerEvents: boolean;
  readonly highWaterMark: number;
  readonly latencyMs: number;
  readonly diskMs: number;
  readonly settings: EngineSettings;
  readonly queues: readonly QueuePlan[];
  readonly producers: readonly ProducerPlan[];
  readonly consumers: readonly ConsumerPlan[];
  /** Recurring ones; operators then cancel and move scheduled messages, too. */
  readonly schedules?: readonly SchedulePlan[];
  /** When which trouble comes, in order. */
  readonly troubles: readonly { readonly atMs: number; readonly trouble: Trouble }[];
}

/** The queue that takes part in at-most-once deliveries, and in nothing else. */
export const ONCE = 'once';
export const TEMP = 'temp';
/** Where the scenario of letters keeps what no route takes, and copies of dead letters. */
export const LOST = 'lost';
export const LETTERS = 'letters';
const KIB = 1024;

const TOPICS = [
  'orders.a.eu',
  'orders.b.us',
  'orders.bulk',
  'orders.bulk',
  'cold.store',
  'once.only',
  'temp.thing',
  'nowhere.to.go',
];

/** How often each trouble comes to a seed that has it. */
const TIMES: Readonly<Record<Trouble, number>> = {
  power: 3,
  kill: 1,
  stop: 1,
  'disk-error': 1,
  'no-space': 1,
  cut: 5,
  deaf: 3,
  freeze: 2,
  clock: 2,
  'slow-disk': 2,
  operator: 5,
};

export function planOf(random: Random): Plan {
  const segmentBytes = random.pick([16, 16, 32]) * KIB;
  const stormMs = 300 + random.int(1_200);
  const small = random.bool();
  return {
    stormMs,
    segmentBytes,
    tailCacheBytes: random.pick([0, 2, 16, 512]) * KIB,
    tornSectors: random.bool(),
    peerEvents: random.bool(),
    highWaterMark: random.pick([2, 8, 64, 1_000]),
    latencyMs: random.pick([0.2, 1, 8]),
    diskMs: random.pick([0.1, 1, 4]),
    settings: settingsOf(random, segmentBytes),
    queues: queuesOf(random),
    producers: Array.from({ length: 1 + random.int(3) }, (_, i) => producerOf(random, i, segmentBytes)),
    consumers: consumersOf(random, small),
    troubles: troublesOf(random, stormMs),
  };
}

function settingsOf(random: Random, segmentBytes: number): EngineSettings {
  return {
    limits: {
      ...DEFAULT_LIMITS,
      deadLettersMax: random.pick([3, 100_000]),
      windowMessagesMax: 64,
      windowBytesMax: 64 * KIB,
      sessionGraceMs: 200 + random.int(800),
      batchBytesMax: segmentBytes / 8,
    },
    defaultPolicy: policyOf(random),
    server: 'simulated',
    segmentBytes,
    heartbeatMs: 400,
    heartbeatMisses: 3,
    legacyBodies: true,
    trustTenants: false,
    messageBytesMax: segmentBytes / 2,
    auditSealMs: 500,
    loadEveryMs: 200,
    pubForm: 'event',
    readCacheBytes: random.pick([1, 16, 256]) * KIB,
    readChunkBytes: random.pick([1, 16, 256]) * KIB,
    checkpointBytes: random.pick([0.5, 1, 3]) * segmentBytes,
  };
}

function policyOf(random: Random): QueuePolicy {
  return {
    ...DEFAULT_QUEUE_POLICY,
    leaseMs: 100 + random.int(900),
    attemptsMax: 1 + random.int(5),
    returnsMax: random.pick([1, 5, 100]),
    backoffInitialMs: random.int(150),
    backoffMaxMs: 150 + random.int(300),
  };
}

function queuesOf(random: Random): QueuePlan[] {
  const queues: QueuePlan[] = [
    { name: 'orders', patterns: ['orders.>'], policy: policyOf(random) },
    { name: 'cold', patterns: ['cold.>', 'orders.b.*'], policy: policyOf(random) },
    { name: ONCE, patterns: ['once.>'], policy: policyOf(random) },
    { name: TEMP, patterns: ['temp.>'], policy: policyOf(random) },
  ];
  if (random.bool()) queues.push({ name: 'bulk', patterns: ['orders.bulk'], policy: policyOf(random) });
  if (random.bool(0.3)) queues.push({ name: 'audit', patterns: ['>'], policy: policyOf(random) });
  return queues;
}

function producerOf(random: Random, index: number, segmentBytes: number): ProducerPlan {
  const few = random.bool(0.4);
  return {
    name: `producer-${index}`,
    binary: random.bool(0.7),
    topics: few ? [random.pick(TOPICS), random.pick(TOPICS)] : TOPICS,
    everyMs: 20 + random.int(80),
    batchMax: random.pick([1, 4, 12]),
    bodyBytesMax: segmentBytes / 32,
    messageIds: random.pick(['none', 'unique', 'reused'] as const),
    times: 0,
    parity: false,
    atomic: 0,
    waits: false,
    keys: 0,
    classes: 0,
  };
}

function consumersOf(random: Random, small: boolean): ConsumerPlan[] {
  const consumer = (name: string, over: Partial<ConsumerPlan>): ConsumerPlan => ({
    name,
    binary: random.bool(0.7),
    queue: null,
    subscriptions: [],
    acks: true,
    resumable: random.bool(),
    pull: random.bool(0.2),
    window: small ? 1 + random.int(4) : random.pick([null, 1, 10, 40]),
    windowBytes: random.bool(0.2) ? 1_000 : null,
    workMs: random.pick([1, 10, 60]),
    trouble: random.pick([0, 0.1, 0.3]),
    staysMs: random.bool(0.3) ? 700 : 0,
    ...over,
  });
  const consumers = [
    consumer('orders-1', { queue: 'orders' }),
    consumer('eu-1', { subscriptions: ['orders.*.eu'] }),
    consumer('once-1', { queue: ONCE, acks: false, trouble: 0 }),
    consumer('temp-1', { queue: TEMP, subscriptions: ['temp.>'], staysMs: 500 }),
  ];
  if (random.bool())
    consumers.push(consumer('orders-2', { queue: 'orders' }), consumer('orders-3', { queue: 'orders' }));
  if (random.bool()) consumers.push(consumer('eu-2', { subscriptions: ['orders.*.eu', 'orders.bulk'] }));
  if (random.bool(0.3)) consumers.push(consumer('once-2', { queue: ONCE, acks: false, trouble: 0 }));
  return consumers;
}

function troublesOf(random: Random, stormMs: number): { readonly atMs: number; readonly trouble: Trouble }[] {
  const troubles: { readonly atMs: number; readonly trouble: Trouble }[] = [];
  for (const trouble of Object.keys(TIMES) as Trouble[]) {
    if (random.bool(trouble === 'power' ? 0.2 : 0.5)) continue;
    for (let left = 1 + random.int(TIMES[trouble]); left > 0; left -= 1)
      troubles.push({ atMs: random.int(stormMs), trouble });
  }
  return troubles.sort((a, b) => a.atMs - b.atMs);
}
