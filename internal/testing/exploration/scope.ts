// How large a small world is: who is in it, what they may do, and how often what costs states may happen. Each world below
// is explored to its end; together they have every kind of word that moves a message.

import type { QueuePolicy } from '../../domain/queue-policy.ts';

/** Leases end at the end of such a step of time: with all times multiples of it, histories meet again. */
export const STEP_MS = 64;

/** What a producer wishes for one message; times in ms from its acceptance. */
export interface SmallMessage {
  readonly dueMs?: number;
  readonly ttlMs?: number;
}

export interface SmallConsumer {
  readonly window: number;
  readonly acks: boolean;
  readonly resumable: boolean;
}

export interface Scope {
  /** One list for each producer. */
  readonly producers: readonly (readonly SmallMessage[])[];
  readonly consumers: readonly SmallConsumer[];
  readonly policy: Partial<QueuePolicy>;
  /** Of the actions table: what may happen beside publish, dispatch, sync, ack and time. */
  readonly words: readonly OptionalWord[];
  /** How often in one history. */
  readonly crashes: number;
  readonly republishes: number;
  /** Words about deliveries that are somebody else's, or over. */
  readonly confusions: number;
  /** Groups that may be on their way to the disk at a time. */
  readonly pendingMax: number;
}

export type OptionalWord = 'nack-retryable' | 'nack-terminal' | 'nack-returned' | 'deregister' | 'peer-gone' | 'extend';

const plain: SmallConsumer = { window: 1, acks: true, resumable: false };
const POLICY: Partial<QueuePolicy> = {
  leaseMs: 16 * STEP_MS,
  attemptsMax: 2,
  returnsMax: 1,
  backoffInitialMs: 8 * STEP_MS,
  backoffMaxMs: 8 * STEP_MS,
  backoffJitter: 0,
};

const BASE: Scope = {
  producers: [[{}], [{}]],
  consumers: [plain, plain],
  policy: POLICY,
  words: [],
  crashes: 1,
  republishes: 1,
  confusions: 0,
  pendingMax: 1,
};

export const WORLDS = {
  /** A crash anywhere between publishes, republishes, hand-overs and acks. */
  plain: { ...BASE, pendingMax: 2 },
  /** Every way in which an attempt may end but for an ack. */
  failures: { ...BASE, producers: [[{}], []], words: ['nack-retryable', 'nack-terminal', 'nack-returned'] },
  /** Consumers come and go. */
  leaving: { ...BASE, producers: [[{}], []], words: ['deregister', 'peer-gone'], republishes: 0 },
  /** Words about deliveries that are another's or over. */
  confused: { ...BASE, producers: [[{}], []], confusions: 1, republishes: 0, words: ['extend'] },
  /** One message is due later, one is worth nothing after a time. */
  times: { ...BASE, producers: [[{ dueMs: 11 * STEP_MS }], [{ ttlMs: 10 * STEP_MS }]], republishes: 0 },
  /** One consumer may come back to what it holds. */
  resumable: {
    ...BASE,
    producers: [[{}], []],
    consumers: [{ ...plain, resumable: true }, plain],
    words: ['peer-gone'],
    republishes: 0,
  },
  /** One consumer is given what is settled already. */
  'at-most-once': { ...BASE, consumers: [{ ...plain, acks: false }, plain], republishes: 0 },
  /** The second crash comes wherever the first one's recovery is. */
  'two-crashes': { ...BASE, producers: [[{}], []], crashes: 2, pendingMax: 2 },
} as const satisfies Readonly<Record<string, Scope>>;

export type WorldName = keyof typeof WORLDS;

export const isWorld = (name: string): name is WorldName => Object.hasOwn(WORLDS, name);
