// Bounds of the core. Those that an operator may move come in as `Limits`; the rest are facts of the design.

import { BATCH_BYTES_MAX } from '../../pkg/protocol/limits.ts';

import { DEFAULT_OVERLOAD, type OverloadPolicy } from './overload.ts';
import { NO_QUOTAS, type Quotas } from './quotas.ts';

export interface Limits {
  readonly queuesMax: number;
  readonly routesMax: number;
  readonly producersMax: number;
  readonly sessionsMax: number;
  readonly deadLettersMax: number;
  readonly deadLetterBytesMax: number;
  readonly deadLetterAgeMs: number;
  /** What happens at the bounds of count and bytes. `keep`: messages stay in their queues and are tried again. */
  readonly deadLettersFull: 'keep' | 'drop-oldest';
  readonly windowMessagesMax: number;
  readonly windowBytesMax: number;
  readonly producerExpireMs: number;
  readonly queueExpireMs: number;
  readonly sessionGraceMs: number;
  /** Recurring ones. */
  readonly schedulesMax: number;
  /** Of the blocks of an atomic batch, and what they cost beside. */
  readonly batchBytesMax: number;
  readonly quotas: Quotas;
  readonly overload: OverloadPolicy;
}

export const DEFAULT_LIMITS: Limits = {
  queuesMax: 100_000,
  routesMax: 200_000,
  producersMax: 1_024,
  sessionsMax: 10_000,
  deadLettersMax: 100_000,
  deadLetterBytesMax: Number.POSITIVE_INFINITY,
  deadLetterAgeMs: Number.POSITIVE_INFINITY,
  deadLettersFull: 'keep',
  windowMessagesMax: 1_024,
  windowBytesMax: 8 * 1024 * 1024,
  producerExpireMs: 24 * 3_600_000,
  queueExpireMs: 24 * 3_600_000,
  sessionGraceMs: 10_000,
  schedulesMax: 10_000,
  batchBytesMax: BATCH_BYTES_MAX,
  quotas: NO_QUOTAS,
  overload: DEFAULT_OVERLOAD,
};

/** Delivery ids are reserved durably in blocks of this size: one event per so many deliveries. */
export const DELIVERY_ID_BLOCK = 1_048_576;
/** Most messages of one queue that one decision hands to one consumer. */
export const DELIVERY_BATCH_MAX = 1_024;
/** What competing consumers are given in turn, so that shares even out without a decision per message. */
export const DELIVERY_QUANTUM = 64;
/** Reserved bytes of journal that a lease books for its settlement: a group of its own, at worst. */
export const SETTLEMENT_BYTES = 512;
/** On a full disk, what is left of the reserve beyond booked settlements before nothing else may use it. */
export const CONTROL_ROOM_BYTES = 64 * 1024;
/** Failures or grace ends that one turn works off, so that a mass expiry cannot hold the loop. */
export const EXPIRY_BATCH_MAX = 4_096;
/** On a full disk the reason of a nack is kept up to so many bytes of UTF-8, as its record comes out of the reserve. */
export const TIGHT_REASON_BYTES_MAX = 128;
/** The reasons in the history of one dead letter, as JSON: an event must fit a group. Plain text never comes near. */
export const HISTORY_REASONS_BYTES_MAX = 512 * 1024;
/** A queue or session serves at most so many patterns in one registration. */
export const SUBSCRIPTIONS_MAX = 1_024;
/** Metadata of a route, as JSON: an event must fit a group. */
export const ROUTE_METADATA_CHARACTERS_MAX = 16_384;
/** Inboxes of one connection, those of single requests included, and of all. */
export const INBOXES_PER_PEER_MAX = 1_024;
export const INBOXES_MAX = 65_536;
/** Block of a reply to an inbox: nothing keeps it but what waits to be sent. */
export const REPLY_BYTES_MAX = 1024 * 1024;
/** How long the broker waits for an answer in place of a REQ. */
export const REQUEST_WAIT_MS_MAX = 300_000;
/** Consumers that operators have paused or are draining. */
export const STEERED_CONSUMERS_MAX = 1_024;
/** Queue ids that one `accepted` may name in all its sets: an event must fit a group. */
export const RUN_QUEUE_IDS_MAX = 16_384;
