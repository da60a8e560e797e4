// Events about queues, routes, producers, sessions and single failures: seldom enough that being plain matters more
// than being small. Kind numbers are never used again.

import type { JobOrder } from '../../../domain/dead-letter-order.ts';
import type {
  ActionFacts,
  AttemptRecord,
  DeadLettered,
  DeadLettersPurged,
  DeliveryIdsReserved,
  Extended,
  Failed,
  FailureCause,
  Imported,
  JobEnded,
  JobMoved,
  JobStarted,
  KeyPaused,
  KeyReleased,
  LeasesShifted,
  Operator,
  OperatorAction,
  ProducerExpired,
  ProducerOpened,
  QueueDeclared,
  QueueDeleted,
  QueueDraining,
  QueueIdle,
  QueueOrigin,
  QueuePaused,
  QueuePurged,
  Redriven,
  RouteAdded,
  RouteKind,
  RouteRemoved,
  SessionClosed,
  SessionOpened,
  Started,
} from '../../../domain/event.ts';
import { FAILURE_CAUSES } from '../../../domain/failure-cause.ts';
import type { QueuePolicy } from '../../../domain/queue-policy.ts';
import { count, json, numbers, oneOf, real, record, text, truth } from './event-fields.ts';

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

const isActor = (value: unknown): value is Operator => value !== null && isOperator(value);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const isFacts = (value: unknown): value is readonly ActionFacts[] => Array.isArray(value) && value.every(isObject);

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

const isFilter = (value: unknown): boolean =>
  isObject(value) &&
  (value['ids'] === null || isTexts(value['ids'])) &&
  (value['sequence'] === null || typeof value['sequence'] === 'number') &&
  ['tenant', 'queue', 'consumer', 'topic', 'reason', 'fingerprint'].every((name) => isTextOrNull(value[name]));

const isOrder = (value: unknown): value is JobOrder =>
  isObject(value) &&
  (value['kind'] === 'replay' || value['kind'] === 'purge') &&
  isFilter(value['filter']) &&
  ['targetConsumer', 'targetTopic', 'toQueue'].every((name) => isTextOrNull(value[name])) &&
  typeof value['ratePerSecond'] === 'number';

const isPolicy = (value: unknown): value is QueuePolicy =>
  isObject(value) && POLICY_FIELDS.every((name) => typeof value[name] === 'number');

const isMetadata = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every((item) => typeof item === 'string');

const isAttempt = (value: unknown): value is AttemptRecord =>
  isObject(value) &&
  typeof value['attempt'] === 'number' &&
  typeof value['consumer'] === 'string' &&
  typeof value['atMs'] === 'number' &&
  FAILURE_CAUSES.includes(value['cause'] as FailureCause) &&
  typeof value['reason'] === 'string';

const isHistory = (value: unknown): value is readonly AttemptRecord[] => Array.isArray(value) && value.every(isAttempt);

const operator = json(isOperator);
const actor = json(isActor);
const cause = oneOf(...FAILURE_CAUSES);
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

export const redriven = record<Redriven>(18, 'redriven', {
  queue: id(),
  sequences: numbers(),
  atMs: real,
  operator: actor,
});

export const deadLettersPurged = record<DeadLettersPurged>(19, 'dead-letters-purged', {
  queue: id(),
  sequences: numbers(),
  operator: actor,
});

export const operatorAction = record<OperatorAction>(20, 'operator-action', {
  atMs: real,
  operator: actor,
  operation: text,
  outcome: text,
  targets: json(isTexts),
  prior: json(isFacts),
  resulting: json(isFacts),
});

export const jobStarted = record<JobStarted>(21, 'job-started', {
  job: count(),
  order: json(isOrder),
  total: count(),
  atMs: real,
  operator: actor,
});

export const jobMoved = record<JobMoved>(22, 'job-moved', { job: count(), done: count(), failed: count() });

export const jobEnded = record<JobEnded>(23, 'job-ended', {
  job: count(),
  outcome: oneOf('done', 'cancelled', 'failed'),
  atMs: real,
});

export const queueDraining = record<QueueDraining>(25, 'queue-draining', {
  queue: id(),
  draining: truth,
  operator: actor,
});

export const keyPaused = record<KeyPaused>(77, 'key-paused', {
  queue: id(),
  lane: count(),
  key: text,
  paused: truth,
  operator: actor,
});

export const keyReleased = record<KeyReleased>(78, 'key-released', {
  queue: id(),
  sequence: count(),
  atMs: real,
  operator: actor,
});

export const queuePaused = record<QueuePaused>(24, 'queue-paused', { queue: id(), paused: truth, operator: actor });
