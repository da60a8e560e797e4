// The counters that the earlier broker kept inside.

import type { EarlierWord, RowName, TestName } from './proof.ts';

const TRADED: TestName = [
  'cmd/tachyon/metrics.e2e.test.ts',
  'count what was published, consumed, refused and dead-lettered',
];
const TIMED_OUT: TestName = [
  'cmd/tachyon/earlier-settings.e2e.test.ts',
  'is how long a consumer has; a message that is never settled in it is a dead letter after three attempts',
];
const SCHEDULED: TestName = [
  'internal/app/metrics/schedule-counts.test.ts',
  'count what was scheduled, cancelled, moved and fired',
];

const SAME_NAMES =
  'Ingress, Routed, Dispatched, Acked, Nacked, Retried, DeadLettered, DeliveryTimeout, RetryDueToTimeout, WALWritten, WALReplayed';
const AS_IS: RowName = ['compatibility', SAME_NAMES];

/** A counter, what stands in the test for it, and the row that says what it is called. */
const counter = (word: string, said: string, test: TestName, row = AS_IS): EarlierWord => ({
  word,
  said: [said],
  tests: [test],
  rows: [row, ['operations', word]],
});
const uncounted = (word: string, cell: string): EarlierWord => ({
  word,
  rows: [
    ['compatibility', cell],
    ['operations', word],
  ],
});

const NOT_COUNTED = 'DispatchPaused, BacklogQueued, Deferred';
const OF_POLICIES = 'PolicyEvaluations, PolicyAdjustments, PolicyRuntimeViolations';

export const EARLIER_COUNTERS: readonly EarlierWord[] = [
  counter('Ingress', 'tachyon_ingress_total', TRADED),
  counter('Routed', 'tachyon_routed_total', TRADED),
  counter('Unroutable', 'tachyon_unroutable_total', TRADED, ['compatibility', 'Unroutable']),
  counter('Dispatched', 'tachyon_dispatched_total', TRADED),
  counter('Acked', 'tachyon_acked_total', TRADED),
  counter('Nacked', 'tachyon_nacked_total', TRADED),
  counter('Retried', "'retried'", TIMED_OUT),
  counter('DeadLettered', 'tachyon_dead_lettered_total', TRADED),
  counter('DeliveryTimeout', "'delivery_timeout'", TIMED_OUT),
  counter('RetryDueToTimeout', "'retry_due_to_timeout'", TIMED_OUT),
  uncounted('DispatchPaused', NOT_COUNTED),
  uncounted('BacklogQueued', NOT_COUNTED),
  counter('WALWritten', 'tachyon_wal_written_total', TRADED),
  counter('WALReplayed', 'tachyon_wal_replayed_total', [
    'cmd/tachyon/metrics.e2e.test.ts',
    'count again from 0 after a restart, and say what was read back',
  ]),
  uncounted('Deferred', NOT_COUNTED),
  counter(
    'Throttled',
    'tachyon_throttled_total',
    ['cmd/tachyon/metrics.e2e.test.ts', 'is not ready while the disk is full, with the reason'],
    ['compatibility', 'Throttled, Dropped'],
  ),
  uncounted('Dropped', 'Throttled, Dropped'),
  counter('Scheduled', 'tachyon_scheduled_total', SCHEDULED, ['compatibility', 'Scheduled']),
  uncounted('ScheduledPromoted', 'ScheduledPromoted'),
  uncounted('PolicyEvaluations', OF_POLICIES),
  uncounted('PolicyAdjustments', OF_POLICIES),
  uncounted('PolicyRuntimeViolations', OF_POLICIES),
];
