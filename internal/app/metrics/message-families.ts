// Metrics of messages on their way: what became of them since the start, and how long they took. Names of the earlier
// system's counters are kept where the thing is the same.

import { byLabel, counter, type Family, gauge, histogram } from '../../../pkg/metrics/family.ts';
import type { ERRORS } from '../../../pkg/protocol/errors.ts';
import type { FrontDesk } from '../../delivery/desk/front-desk.ts';
import type { State } from '../../domain/state.ts';
import { pressureFamilies } from './pressure-families.ts';
import type { Stages } from './stages.ts';

export interface MessageSource {
  readonly state: State;
  readonly desks: readonly FrontDesk[];
  readonly fanoutDropped: number;
}

/** Refusals that say: later. */
const THROTTLED = [
  'BUSY',
  'STORAGE_FULL',
  'QUOTA_EXCEEDED',
  'THROTTLED',
  'OVERLOADED',
] as const satisfies readonly (keyof typeof ERRORS)[];

function refusalsOf(desks: readonly FrontDesk[]): Record<string, number> {
  const refusals: Record<string, number> = {};
  for (const { refusedByCode } of desks) {
    for (const [code, count] of refusedByCode) refusals[code] = (refusals[code] ?? 0) + count;
  }
  return refusals;
}

export function messageFamilies(
  { state, desks, fanoutDropped }: MessageSource,
  stages: Stages,
  gone: { readonly purged: number; readonly expired: number },
): readonly Family[] {
  const { counters } = state;
  const refusals = refusalsOf(desks);
  const throttled = THROTTLED.reduce((sum, code) => sum + (refusals[code] ?? 0), 0);
  const lost = desks.reduce((sum, desk) => sum + desk.counters.lostAtHandOver, 0);
  const routed = counters.ingress - counters.duplicates - counters.refused;
  return [
    counter('tachyon_ingress_total', 'Messages of producers, whatever became of them.', counters.ingress),
    counter('tachyon_routed_total', 'Messages accepted into queues, for fanout, or both.', routed),
    counter('tachyon_published_total', 'Messages accepted into queues.', counters.published),
    counter('tachyon_fanout_total', 'Messages given to PUB.', counters.fanout),
    counter('tachyon_duplicates_total', 'Messages that were known already and confirmed again.', counters.duplicates),
    counter('tachyon_refused_total', 'Messages of producers that were refused, unroutable ones too.', counters.refused),
    counter(
      'tachyon_unroutable_total',
      'Messages that no route took: refused, or kept where a route takes `_system.unroutable`.',
      counters.unroutable,
    ),
    counter('tachyon_throttled_total', 'Requests refused for want of room or pace, to come again later.', throttled),
    ...pressureFamilies(state),
    counter('tachyon_dispatched_total', 'Deliveries to consumers.', counters.delivered),
    counter('tachyon_acked_total', 'Messages acknowledged.', counters.acked),
    counter('tachyon_nacked_total', 'Negative acknowledgements.', counters.nacked),
    counter('tachyon_retried_total', 'Failed attempts that are repeated.', counters.retried),
    counter('tachyon_returned_total', 'Messages handed back without a failure.', counters.returned),
    counter('tachyon_delivery_timeout_total', 'Deliveries whose lease ended unsettled.', counters.timedOut),
    counter(
      'tachyon_retry_due_to_timeout_total',
      'Failed attempts that are repeated because their lease ended.',
      stages.retriesDueToTimeout,
    ),
    counter('tachyon_dead_lettered_total', 'Messages moved to the dead letters.', counters.deadLettered),
    counter(
      'tachyon_dead_lettered_by_cause_total',
      'Messages moved to the dead letters, by cause.',
      byLabel('cause', Object.fromEntries(stages.deadLetteredByCause)),
    ),
    counter('tachyon_stale_acks_total', 'Words about deliveries that had ended.', counters.staleAcks),
    counter('tachyon_scheduled_total', 'Messages that were accepted for a later time.', counters.scheduled),
    counter('tachyon_cancelled_total', 'Scheduled messages that operators cancelled.', counters.cancelled),
    counter('tachyon_rescheduled_total', 'Scheduled messages that operators gave another time.', counters.rescheduled),
    gauge('tachyon_schedules', 'Recurring schedules.', state.crons.size),
    gauge('tachyon_schedules_limit', 'Recurring schedules that may be.', state.limits.schedulesMax),
    counter('tachyon_schedule_fired_total', 'Messages that recurring schedules published.', counters.cronFired),
    counter(
      'tachyon_schedule_skipped_total',
      'Fires left out as the last message was in its queue.',
      counters.cronSkipped,
    ),
    counter('tachyon_schedule_missed_total', 'Fires missed while the broker was away.', counters.cronMissed),
    counter('tachyon_schedule_refused_total', 'Fires whose message no queue took.', counters.cronRefused),
    counter('tachyon_expired_total', 'Messages whose time was over before they were settled.', counters.expired),
    counter('tachyon_requests_total', 'Messages accepted that expect an answer.', counters.requests),
    counter('tachyon_replies_total', 'Answers given to inboxes.', counters.replies),
    counter('tachyon_no_responders_total', 'Requests refused as nobody was there to answer.', counters.noResponders),
    counter('tachyon_reply_inbox_gone_total', 'Answers refused as nobody waited any more.', counters.inboxGone),
    counter(
      'tachyon_request_timeouts_total',
      'Requests that the broker ended with an error in their time.',
      counters.requestTimeouts,
    ),
    counter('tachyon_redriven_total', 'Dead letters that were replayed.', counters.redriven),
    counter('tachyon_purged_total', 'Messages and dead letters that a purge removed.', counters.purged),
    counter('tachyon_dead_letters_purged_total', 'Dead letters that operators purged.', gone.purged),
    counter(
      'tachyon_dead_letters_expired_total',
      'Dead letters removed by a bound of age, count or bytes.',
      gone.expired,
    ),
    counter(
      'tachyon_dropped_total',
      'At-most-once messages given up: fanout that found its line full, deliveries lost at the hand-over.',
      fanoutDropped + lost,
    ),
    counter('tachyon_refusals_total', 'Refusals of any request, by code.', byLabel('code', refusals)),
    gauge('tachyon_dead_letters', 'Dead letters kept.', state.deadLetters),
    gauge('tachyon_dead_letters_limit', 'Dead letters that may be kept.', state.limits.deadLettersMax),
    gauge('tachyon_dead_letter_bytes', 'Bytes of the dead letters kept.', state.deadLetterBytes),
    gauge(
      'tachyon_dead_letter_bytes_limit',
      'Bytes of dead letters that may be kept; +Inf without a bound.',
      state.limits.deadLetterBytesMax,
    ),
    histogram(
      'tachyon_accept_to_durable_seconds',
      'From the decision to accept a message until it is durable.',
      stages.acceptToDurable.read(),
    ),
    histogram(
      'tachyon_accept_to_delivered_seconds',
      'From accept to the first hand-over: of each batch, the first message.',
      stages.acceptToDelivered.read(),
    ),
    histogram(
      'tachyon_delivered_to_settled_seconds',
      'From hand-over to acknowledgement: of each batch, the first message.',
      stages.deliveredToSettled.read(),
    ),
  ];
}
