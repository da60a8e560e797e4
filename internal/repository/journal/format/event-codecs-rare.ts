// Events about queues, routes, producers, sessions and single failures: seldom enough that being plain matters more
// than being small. Kind numbers are never used again.

import type {
  AttemptRecord,
  DeadLettered,
  DeliveryIdsReserved,
  Extended,
  Failed,
  FailureCause,
  Imported,
  LeasesShifted,
  Operator,
  ProducerExpired,
  ProducerOpened,
  QueueDeclared,
  QueueDeleted,
  QueueIdle,
  QueueOrigin,
  QueuePurged,
  RouteAdded,
  RouteKind,
  RouteRemoved,
  SessionClosed,
  SessionOpened,
  Started,
} from '../../../domain/event.ts';
import type { QueuePolicy } from '../../../domain/queue-policy.ts';
import { count, json, numbers, oneOf, real, record, text, truth } from './event-fields.ts';

const CAUSES: readonly FailureCause[] = [
  'nack_retryable',
  'nack_terminal',
  'delivery_timeout',
  'attempts_exhausted',
  'returns_exhausted',
  'manual',
  'imported',
];
const POLICY_FIELDS: readonly (keyof QueuePolicy)[] = [
  'leaseMs',
  'attemptsMax',
  'returnsMax',
  'backoffInitialMs',
  'backoffMaxMs',
  'backoffFactor',
  'backoffJitter',
];

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isOperator = (value: unknown): value is Operator | null =>
  value === null || (isObject(value) && typeof value['actor'] === 'string' && typeof value['reason'] === 'string');

const isPolicy = (value: unknown): value is QueuePolicy =>
  isObject(value) && POLICY_FIELDS.every((name) => typeof value[name] === 'number');

const isMetadata = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every((item) => typeof item === 'string');

const isAttempt = (value: unknown): value is AttemptRecord =>
  isObject(value) &&
  typeof value['attempt'] === 'number' &&
  typeof value['consumer'] === 'string' &&
  typeof value['atMs'] === 'number' &&
  CAUSES.includes(value['cause'] as FailureCause) &&
  typeof value['reason'] === 'string';

const isHistory = (value: unknown): value is readonly AttemptRecord[] => Array.isArray(value) && value.every(isAttempt);

const operator = json(isOperator);
const cause = oneOf(...CAUSES);
const origin = oneOf<QueueOrigin>('operator', 'catalog', 'registration');
const id = count;

export const started = record<Started>(1, 'started', { epoch: count() });

export const queueDeclared = record<QueueDeclared>(2, 'queue-declared', {
  queue: id(),
  tenant: text,
  name: text,
  policy: json(isPolicy),
  origin,
  operator,
});

export const queueDeleted = record<QueueDeleted>(3, 'queue-deleted', {
  queue: id(),
  cause: oneOf('deleted', 'expired'),
  operator,
});

export const queuePurged = record<QueuePurged>(4, 'queue-purged', { queue: id(), through: id(), operator });

export const queueIdle = record<QueueIdle>(5, 'queue-idle', { queue: id(), atMs: real });

export const routeAdded = record<RouteAdded>(6, 'route-added', {
  route: id(),
  tenant: text,
  pattern: text,
  kind: oneOf<RouteKind>('direct', 'fanout'),
  queue: id(),
  priority: real,
  enabled: truth,
  exclusive: truth,
  metadata: json(isMetadata),
  origin,
  operator,
});

export const routeRemoved = record<RouteRemoved>(7, 'route-removed', { route: id(), operator });

export const imported = record<Imported>(8, 'imported', { kind: oneOf('catalog', 'dlq'), digest: text, operator });

export const producerOpened = record<ProducerOpened>(9, 'producer-opened', {
  producer: id(),
  tenant: text,
  epoch: count(),
  tokenHash: text,
  atMs: real,
});

export const producerExpired = record<ProducerExpired>(10, 'producer-expired', { producer: id() });

export const sessionOpened = record<SessionOpened>(11, 'session-opened', {
  session: id(),
  tenant: text,
  consumer: text,
  tokenHash: text,
  resumable: truth,
});

export const sessionClosed = record<SessionClosed>(12, 'session-closed', { session: id() });

export const deliveryIdsReserved = record<DeliveryIdsReserved>(13, 'delivery-ids-reserved', { through: id() });

export const extended = record<Extended>(14, 'extended', { deliveries: numbers(), deadlineMs: real });

export const leasesShifted = record<LeasesShifted>(15, 'leases-shifted', { byMs: real });

export const failed = record<Failed>(16, 'failed', {
  queue: id(),
  sequence: id(),
  retryAtMs: real,
  record: json(isAttempt),
});

export const deadLettered = record<DeadLettered>(17, 'dead-lettered', {
  queue: id(),
  sequence: id(),
  atMs: real,
  cause,
  reason: text,
  history: json(isHistory),
  operator,
});
