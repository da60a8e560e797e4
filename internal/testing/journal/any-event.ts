// Any event that the domain knows, for property tests.

import fc from 'fast-check';
import type { JobOrder } from '../../domain/dead-letter-order.ts';
import type { AttemptRecord, Event, Operator, RelocatedEntry } from '../../domain/event.ts';
import { FAILURE_CAUSES } from '../../domain/failure-cause.ts';
import type { CronId, DeliveryId, ProducerId, QueueId, RouteId, Sequence, SessionId } from '../../domain/ids.ts';
import { accepted, id, small, text, time } from './any-accepted.ts';
import { anyCronPlan } from './any-cron-plan.ts';

const actor: fc.Arbitrary<Operator> = fc.record({ actor: text, reason: text });
const operator: fc.Arbitrary<Operator | null> = fc.option(actor);
const facts = fc.array(
  fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    fc.oneof(text, small),
  ),
  {
    maxLength: 3,
  },
);
const maybeText = fc.option(text);
const jobOrder: fc.Arbitrary<JobOrder> = fc.record({
  kind: fc.constantFrom('replay' as const, 'purge' as const),
  filter: fc.record({
    ids: fc.option(fc.array(text)),
    tenant: maybeText,
    queue: maybeText,
    sequence: fc.option(small),
    consumer: maybeText,
    topic: maybeText,
    reason: maybeText,
    fingerprint: maybeText,
  }),
  targetConsumer: maybeText,
  targetTopic: maybeText,
  toQueue: maybeText,
  ratePerSecond: small,
});
const origin = fc.constantFrom('operator' as const, 'catalog' as const, 'registration' as const);
const cause = fc.constantFrom(...FAILURE_CAUSES);
const jsonTime = fc.maxSafeNat();
const attempt: fc.Arbitrary<AttemptRecord> = fc.record({
  attempt: small,
  consumer: text,
  atMs: jsonTime,
  cause,
  reason: text,
});
const policy = fc.record({
  leaseMs: small,
  attemptsMax: small,
  returnsMax: small,
  backoffInitialMs: small,
  backoffMaxMs: small,
  backoffFactor: fc.constantFrom(1, 1.5, 2),
  backoffJitter: fc.constantFrom(0, 0.5, 1),
});

/** Runs, ascending lists with gaps, and lists in any order. */
const numberLists = <Id extends number>(): fc.Arbitrary<readonly Id[]> =>
  fc.oneof(
    fc.tuple(fc.nat(2 ** 48), fc.nat(50)).map(([base, length]) => Array.from({ length }, (_, i) => base + i)),
    fc.array(fc.nat(2 ** 40), { maxLength: 50 }).map((list) => list.toSorted((a, b) => a - b)),
    fc.array(fc.maxSafeNat(), { maxLength: 50 }),
  ) as unknown as fc.Arbitrary<readonly Id[]>;

const relocatedEntry: fc.Arbitrary<RelocatedEntry> = fc.record({
  queue: id<QueueId>(),
  acceptedAtMs: time,
  failed: small,
  returned: small,
});

const is = fc.constant;

/** One generator per type: the compiler asks for every event of the domain. */
const BY_TYPE: { readonly [Type in Event['type']]: fc.Arbitrary<Extract<Event, { readonly type: Type }>> } = {
  started: fc.record({ type: is('started' as const), epoch: small }),
  'queue-declared': fc.record({
    type: is('queue-declared' as const),
    queue: id<QueueId>(),
    tenant: text,
    name: text,
    policy,
    origin,
    operator,
  }),
  'traits-carried': fc.record({
    type: is('traits-carried' as const),
    sequence: id<Sequence>(),
    queues: numberLists<QueueId>(),
    class: fc.nat(255),
    lane: fc.maxSafeNat(),
  }),
  'queue-deleted': fc.record({
    type: is('queue-deleted' as const),
    queue: id<QueueId>(),
    cause: fc.constantFrom('deleted' as const, 'expired' as const),
    operator,
  }),
  rescheduled: fc.record({
    type: is('rescheduled' as const),
    queue: id<QueueId>(),
    sequence: id<Sequence>(),
    dueMs: time,
    operator: actor,
  }),
  cancelled: fc.record({
    type: is('cancelled' as const),
    queue: id<QueueId>(),
    sequences: numberLists<Sequence>(),
    operator: actor,
  }),
  'cron-declared': fc.record({
    type: is('cron-declared' as const),
    cron: id<CronId>(),
    tenant: text,
    name: text,
    plan: anyCronPlan,
    body: fc.uint8Array({ maxLength: 40 }),
    atMs: time,
    nextMs: time,
    operator: actor,
  }),
  'cron-removed': fc.record({ type: is('cron-removed' as const), cron: id<CronId>(), operator: actor }),
  'cron-steered': fc.record({
    type: is('cron-steered' as const),
    cron: id<CronId>(),
    paused: fc.boolean(),
    nextMs: time,
    operator: actor,
  }),
  'cron-passed': fc.record({
    type: is('cron-passed' as const),
    cron: id<CronId>(),
    atMs: time,
    nextMs: time,
    skipped: small,
    missed: small,
    refused: small,
    error: text,
  }),
  'queue-purged': fc.record({
    type: is('queue-purged' as const),
    queue: id<QueueId>(),
    through: id<Sequence>(),
    operator,
  }),
  'queue-draining': fc.record({
    type: is('queue-draining' as const),
    queue: id<QueueId>(),
    draining: fc.boolean(),
    operator: actor,
  }),
  'key-paused': fc.record({
    type: is('key-paused' as const),
    queue: id<QueueId>(),
    lane: fc.maxSafeNat(),
    key: text,
    paused: fc.boolean(),
    operator: actor,
  }),
  'key-released': fc.record({
    type: is('key-released' as const),
    queue: id<QueueId>(),
    sequence: id<Sequence>(),
    atMs: time,
    operator: actor,
  }),
  'queue-paused': fc.record({
    type: is('queue-paused' as const),
    queue: id<QueueId>(),
    paused: fc.boolean(),
    operator: actor,
  }),
  'queue-idle': fc.record({ type: is('queue-idle' as const), queue: id<QueueId>(), atMs: time }),
  'route-added': fc.record({
    type: is('route-added' as const),
    route: id<RouteId>(),
    tenant: text,
    pattern: text,
    kind: fc.constantFrom('direct' as const, 'fanout' as const),
    queue: id<QueueId>(),
    priority: fc.integer(),
    enabled: fc.boolean(),
    exclusive: fc.boolean(),
    metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), text, { noNullPrototype: true }),
    origin,
    operator,
  }),
  'route-shaped': fc.record({
    type: is('route-shaped' as const),
    route: id<RouteId>(),
    tenant: text,
    pattern: text,
    kind: fc.constantFrom('direct' as const, 'bridge' as const, 'internal' as const, 'system' as const),
    queue: id<QueueId>(),
    priority: fc.integer(),
    enabled: fc.boolean(),
    exclusive: fc.boolean(),
    metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), text, { noNullPrototype: true }),
    origin,
    operator,
    traits: fc.record(
      {
        when: fc.array(
          fc.record({
            header: text,
            operator: fc.constantFrom('equals' as const, 'in' as const, 'exists' as const),
            values: fc.array(text, { maxLength: 3 }),
          }),
          { maxLength: 3 },
        ),
        hops: fc.nat(16),
        schema: fc.record({ name: text, invalid: fc.constantFrom('refuse' as const, 'dead-letter' as const) }),
      },
      { requiredKeys: [] },
    ),
  }),
  'route-removed': fc.record({ type: is('route-removed' as const), route: id<RouteId>(), operator }),
  imported: fc.record({
    type: is('imported' as const),
    kind: fc.constantFrom('catalog' as const, 'dlq' as const),
    digest: text,
    operator,
  }),
  'producer-opened': fc.record({
    type: is('producer-opened' as const),
    producer: id<ProducerId>(),
    tenant: text,
    epoch: small,
    tokenHash: text,
    atMs: time,
  }),
  'producer-expired': fc.record({ type: is('producer-expired' as const), producer: id<ProducerId>() }),
  accepted,
  'session-opened': fc.record({
    type: is('session-opened' as const),
    session: id<SessionId>(),
    tenant: text,
    consumer: text,
    tokenHash: text,
    resumable: fc.boolean(),
  }),
  'session-closed': fc.record({ type: is('session-closed' as const), session: id<SessionId>() }),
  'delivery-ids-reserved': fc.record({ type: is('delivery-ids-reserved' as const), through: id<DeliveryId>() }),
  leased: fc.record({
    type: is('leased' as const),
    queue: id<QueueId>(),
    session: id<SessionId>(),
    firstDelivery: id<DeliveryId>(),
    deadlineMs: time,
    sequences: numberLists<Sequence>(),
  }),
  extended: fc.record({ type: is('extended' as const), deliveries: numberLists<DeliveryId>(), deadlineMs: time }),
  'leases-shifted': fc.record({ type: is('leases-shifted' as const), byMs: fc.integer() }),
  settled: fc.record({ type: is('settled' as const), queue: id<QueueId>(), sequences: numberLists<Sequence>() }),
  expired: fc.record({ type: is('expired' as const), queue: id<QueueId>(), sequences: numberLists<Sequence>() }),
  failed: fc.record({
    type: is('failed' as const),
    queue: id<QueueId>(),
    sequence: id<Sequence>(),
    retryAtMs: time,
    record: attempt,
  }),
  returned: fc.record({ type: is('returned' as const), queue: id<QueueId>(), sequences: numberLists<Sequence>() }),
  redriven: fc.record({
    type: is('redriven' as const),
    queue: id<QueueId>(),
    sequences: numberLists<Sequence>(),
    atMs: time,
    operator: actor,
  }),
  'dead-letters-purged': fc.record({
    type: is('dead-letters-purged' as const),
    queue: id<QueueId>(),
    sequences: numberLists<Sequence>(),
    operator: actor,
  }),
  'schema-added': fc.record({ type: is('schema-added' as const), name: text, text, atMs: time, operator: actor }),
  'schema-removed': fc.record({ type: is('schema-removed' as const), name: text, operator: actor }),
  'copy-owed': fc.record({ type: is('copy-owed' as const), queue: id<QueueId>(), sequences: numberLists<Sequence>() }),
  'copy-dropped': fc.record({
    type: is('copy-dropped' as const),
    queue: id<QueueId>(),
    sequences: numberLists<Sequence>(),
  }),
  'operator-action': fc.record({
    type: is('operator-action' as const),
    atMs: time,
    operator: actor,
    operation: text,
    outcome: text,
    targets: fc.array(text),
    prior: facts,
    resulting: facts,
  }),
  'job-started': fc.record({
    type: is('job-started' as const),
    job: small,
    order: jobOrder,
    total: small,
    atMs: time,
    operator: actor,
  }),
  'job-moved': fc.record({ type: is('job-moved' as const), job: small, done: small, failed: small }),
  'job-ended': fc.record({
    type: is('job-ended' as const),
    job: small,
    outcome: fc.constantFrom('done', 'cancelled', 'failed'),
    atMs: time,
  }),
  'consumer-steered': fc.record({
    type: is('consumer-steered' as const),
    tenant: text,
    consumer: text,
    steering: fc.constantFrom('running', 'paused', 'draining'),
    operator: actor,
  }),
  'dead-lettered': fc.record({
    type: is('dead-lettered' as const),
    queue: id<QueueId>(),
    sequence: id<Sequence>(),
    atMs: time,
    cause,
    reason: text,
    history: fc.array(attempt, { maxLength: 3 }),
    operator,
  }),
  relocated: fc.record({
    type: is('relocated' as const),
    sequence: id<Sequence>(),
    length: fc.nat(10_000_000),
    entries: fc.array(relocatedEntry, { maxLength: 4 }),
  }),
};

export const anyEvent: fc.Arbitrary<Event> = fc.oneof(...(Object.values(BY_TYPE) as fc.Arbitrary<Event>[]));
