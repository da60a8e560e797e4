// Plans with a stress: what a seed decides, but for what this scenario is about.

import type { QueuePolicy } from '../../domain/queue-policy.ts';
import { type Quotas, UNBOUNDED } from '../../domain/quotas.ts';
import { DEFAULT_THROTTLES } from '../../domain/throttles.ts';
import type { Plan, QueuePlan, SchedulePlan, Trouble } from './plan.ts';
import { LETTERS, LOST, ONCE } from './plan.ts';
import type { ConsumerPlan } from './workload/consumer.ts';

export type Scenario = (plan: Plan) => Plan;

/** The seed's own troubles but for those of other kinds, and these at these times of the storm. */
const troubled = (
  plan: Plan,
  keep: readonly Trouble[],
  ...more: readonly (readonly [part: number, Trouble])[]
): Plan => ({
  ...plan,
  troubles: [
    ...plan.troubles.filter(({ trouble }) => keep.includes(trouble)),
    ...more.map(([part, trouble]) => ({ atMs: Math.floor(part * plan.stormMs), trouble })),
  ].sort((a, b) => a.atMs - b.atMs),
});

const consumers = (plan: Plan, change: (consumer: ConsumerPlan) => Partial<ConsumerPlan>): Plan => ({
  ...plan,
  consumers: plan.consumers.map((consumer) => ({ ...consumer, ...change(consumer) })),
});

const policies = (plan: Plan, change: Partial<QueuePolicy>): Plan => ({
  ...plan,
  settings: { ...plan.settings, defaultPolicy: { ...plan.settings.defaultPolicy, ...change } },
  queues: plan.queues.map((queue) => ({ ...queue, policy: { ...queue.policy, ...change } })),
});

const topics = (plan: Plan, chosen: readonly string[]): Plan => ({
  ...plan,
  producers: plan.producers.map((producer) => ({ ...producer, topics: chosen })),
});

const SCHEDULES: readonly SchedulePlan[] = [
  { periodMs: 250, overlap: 'allow', catchUp: 'all' },
  { periodMs: 300, overlap: 'skip', catchUp: 'one' },
  { periodMs: 350, overlap: 'allow', catchUp: 'none' },
];

const ALL: readonly Trouble[] = [
  'power',
  'kill',
  'stop',
  'disk-error',
  'no-space',
  'cut',
  'deaf',
  'freeze',
  'clock',
  'slow-disk',
  'operator',
];

const rate = (messages: number, bytes = Number.POSITIVE_INFINITY) => ({ messages, bytes, burstMs: 200 });

const NARROW: Quotas = {
  all: { ...UNBOUNDED, ingress: 24, ingressBytes: 40_000 },
  tenants: new Map([['', { ...UNBOUNDED, queued: 20, inflight: 5 }]]),
  throttles: {
    ...DEFAULT_THROTTLES,
    publish: [
      { scope: 'topic', match: 'orders.>', tenant: null, rate: rate(40) },
      { scope: 'producer', match: '*', tenant: null, rate: rate(120, 60_000) },
    ],
    deliver: [{ scope: 'consumer', match: 'orders-1', tenant: null, rate: rate(50) }],
  },
};

export const SCENARIOS = {
  /** What the seed says. */
  storm: (plan) => plan,
  /** Producers under loss of power, of the process, of connections and of disk operations. */
  confirms: (plan) =>
    troubled(plan, ALL, [0.2, 'power'], [0.4, 'cut'], [0.5, 'disk-error'], [0.7, 'kill'], [0.9, 'power']),
  /** Consumers that do not ack, on bad connections. */
  once: (plan) =>
    troubled(
      consumers(topics(plan, ['once.only', 'once.more']), ({ queue }) => (queue === ONCE ? { staysMs: 200 } : {})),
      ALL,
      [0.3, 'deaf'],
      [0.5, 'power'],
      [0.6, 'cut'],
      [0.8, 'kill'],
    ),
  /** Acks with replies, and power losses right behind them. */
  acks: (plan) =>
    troubled(
      consumers(plan, () => ({ trouble: 0.05, workMs: 5 })),
      ALL,
      [0.25, 'power'],
      [0.5, 'power'],
      [0.75, 'kill'],
    ),
  /** Competing consumers that hand much back. */
  order: (plan) =>
    troubled(
      topics(
        consumers(plan, () => ({ trouble: 0.2 })),
        ['orders.a.eu', 'orders.bulk'],
      ),
      ['cut', 'deaf', 'freeze', 'power', 'stop'],
    ),
  /**
   * Messages that are due later or worth nothing after a time, some of them cancelled or moved, recurring schedules, and restarts
   * between. Time itself goes as it should. In half of the runs what expires becomes a dead letter.
   */
  times: (plan) =>
    troubled(
      policies(
        { ...plan, producers: plan.producers.map((producer) => ({ ...producer, times: 0.7 })), schedules: SCHEDULES },
        { expired: plan.stormMs % 2 === 0 ? 'drop' : 'dead-letter' },
      ),
      ALL.filter((trouble) => trouble !== 'clock' && trouble !== 'freeze'),
      [0.15, 'operator'],
      [0.3, 'power'],
      [0.45, 'operator'],
      [0.6, 'kill'],
      [0.7, 'operator'],
      [0.8, 'stop'],
      [0.9, 'operator'],
    ),
  /** Most of what is published are atomic batches, and a part of them leads nowhere. */
  batches: (plan) =>
    troubled(
      {
        ...plan,
        producers: plan.producers.map((producer) => ({
          ...producer,
          atomic: 0.8,
          binary: true,
          batchMax: 8,
          everyMs: 15,
        })),
      },
      ALL,
      [0.15, 'power'],
      [0.3, 'kill'],
      [0.45, 'cut'],
      [0.6, 'power'],
      [0.75, 'disk-error'],
      [0.9, 'power'],
    ),
  /**
   * Messages with partition keys and of classes, consumers that compete and fail, and restarts between. In some of the runs a key
   * whose head fails too often goes on without it.
   */
  lanes: (plan) =>
    troubled(
      policies(
        {
          ...consumers(plan, ({ acks }) => (acks ? { trouble: 0.3, workMs: 5 } : {})),
          producers: plan.producers.map((producer) => ({ ...producer, keys: 0.7, classes: 0.4 })),
        },
        { poisoned: plan.stormMs % 3 === 0 ? 'dead-letter' : 'park', attemptsMax: 2 },
      ),
      ALL,
      [0.3, 'power'],
      [0.6, 'kill'],
      [0.8, 'stop'],
    ),
  /** Most messages fail, and few attempts are allowed. */
  failures: (plan) =>
    troubled(
      policies(
        consumers(plan, () => ({ trouble: 0.9 })),
        { attemptsMax: 2, leaseMs: 150 },
      ),
      ALL,
      [0.5, 'power'],
      [0.8, 'stop'],
    ),
  /**
   * Most messages fail, and each death has its copy; what no route takes is kept; two queues share a topic by a header. Nobody
   * replays or purges, so that deaths can be counted at the end.
   */
  letters: (plan) => {
    const changed = policies(
      consumers(plan, () => ({ trouble: 0.8 })),
      { attemptsMax: 2, leaseMs: 150 },
    );
    const { policy } = changed.queues[0] as QueuePlan;
    const own = { ...policy, attemptsMax: 200, returnsMax: 60_000, leaseMs: 2_000 };
    return troubled(
      {
        ...changed,
        settings: { ...changed.settings, limits: { ...changed.settings.limits, deadLettersMax: 100_000 } },
        producers: changed.producers.map((producer) => ({ ...producer, parity: true })),
        queues: [
          ...changed.queues,
          { name: LETTERS, patterns: ['_dlq.>'], policy: own },
          { name: LOST, patterns: ['_system.unroutable'], policy: own },
          { name: 'odd', patterns: ['orders.bulk'], policy, parity: 'odd' },
          { name: 'even', patterns: ['orders.bulk'], policy, parity: 'even' },
        ],
      },
      ALL.filter((trouble) => trouble !== 'operator'),
      [0.3, 'power'],
      [0.5, 'stop'],
      [0.7, 'kill'],
    );
  },
  /** One start after the other. */
  restarts: (plan) =>
    troubled(plan, ALL, [0.2, 'stop'], [0.4, 'power'], [0.55, 'kill'], [0.7, 'stop'], [0.85, 'power']),
  /** Resumable consumers that lose their connection, and a broker that is restarted in order. */
  sessions: (plan) =>
    troubled(
      policies(
        consumers(plan, ({ acks }) => ({ resumable: acks, trouble: 0, workMs: 120, staysMs: 250 })),
        { leaseMs: 1_000 },
      ),
      ['cut'],
      [0.3, 'cut'],
      [0.5, 'stop'],
      [0.7, 'cut'],
    ),
  /**
   * Narrow quotas of the tenant and of the broker, throttles of topics and of a consumer; every other producer waits for room, also
   * with atomic batches. No operator replays anything past the bounds.
   */
  limits: (plan) =>
    troubled(
      {
        ...plan,
        settings: { ...plan.settings, limits: { ...plan.settings.limits, quotas: NARROW } },
        producers: plan.producers.map((producer, index) => ({
          ...producer,
          waits: (index + Math.floor(plan.stormMs)) % 2 === 0,
          // Well below the bounds: one that never has room would be refused though it waits.
          atomic: producer.batchMax <= 8 ? 0.3 : 0,
        })),
      },
      ALL.filter((trouble) => trouble !== 'operator'),
      [0.3, 'power'],
      [0.5, 'cut'],
      [0.7, 'kill'],
    ),
  /** Windows of one message, and consumers that nack, forget and time out. */
  windows: (plan) =>
    troubled(
      policies(
        consumers(plan, () => ({ window: 1, windowBytes: null, trouble: 0.5, pull: false })),
        { leaseMs: 120 },
      ),
      ['cut', 'deaf', 'freeze', 'slow-disk', 'operator'],
    ),
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;
export const isScenario = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);
