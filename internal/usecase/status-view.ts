// What the broker shows of itself as a whole: counters, depths, age, room, and what waits.

import { acceptedAtMsAt } from '../domain/entry-table.ts';
import { copiesOwed } from '../domain/letter-copy.ts';
import type { State } from '../domain/state.ts';
import type { PinView } from './journal-pins.ts';
import { overloadView } from './overload-view.ts';
import type { Journal } from './ports/journal.ts';

export function statusView(
  state: State,
  journal: Journal,
  held: number,
  nowMs: number,
  pins: readonly PinView[] = [],
): object {
  let depth = 0;
  let leased = 0;
  let waiting = 0;
  let scheduled = 0;
  let oldestMs: number | null = null;
  for (const queue of state.queues.values()) {
    depth += queue.depth;
    leased += queue.leased;
    waiting += queue.waiting - queue.scheduled;
    scheduled += queue.scheduled;
    const oldest = queue.depth === 0 ? null : queue.entries.oldest();
    if (oldest !== null) oldestMs = Math.max(oldestMs ?? 0, nowMs - acceptedAtMsAt(oldest));
  }
  const { counters } = state;
  const room = journal.room();
  const { stats } = journal;
  return {
    epoch: state.epoch,
    draining: state.draining,
    time_unix_ms: Math.floor(nowMs),
    counters: {
      published: counters.published,
      duplicates: counters.duplicates,
      refused: counters.refused,
      unroutable: counters.unroutable,
      fanout: counters.fanout,
      delivered: counters.delivered,
      acked: counters.acked,
      nacked: counters.nacked,
      retried: counters.retried,
      returned: counters.returned,
      timed_out: counters.timedOut,
      dead_lettered: counters.deadLettered,
      redriven: counters.redriven,
      stale_acks: counters.staleAcks,
      purged: counters.purged,
      scheduled: counters.scheduled,
      expired: counters.expired,
      cancelled: counters.cancelled,
      rescheduled: counters.rescheduled,
      cron_fired: counters.cronFired,
      cron_skipped: counters.cronSkipped,
      cron_missed: counters.cronMissed,
      cron_refused: counters.cronRefused,
      quota_refused: counters.quotaRefused,
      throttled: counters.throttled,
      shed: counters.shed,
      deferred: counters.heldBack,
      dispatch_paused: counters.dispatchPaused,
    },
    overload: overloadView(state),
    queues: state.queues.size,
    routes: state.routes.size,
    sessions: state.sessions.size,
    producers: state.producers.size,
    schedules: state.crons.size,
    depth,
    leased,
    waiting_retry: waiting,
    scheduled,
    dead_letters: state.deadLetters,
    copies_owed: copiesOwed(state),
    oldest_unacked_ms: oldestMs === null ? null : Math.max(0, Math.round(oldestMs)),
    held_effects: held,
    pins,
    journal: {
      durability: journal.durability,
      durable_position: journal.durable,
      groups: stats.groups,
      bytes: stats.bytes,
      syncs: stats.syncs,
      segments: stats.segments,
      live_bytes: stats.liveBytes,
      disk_bytes: stats.diskBytes,
      free_bytes: Number.isFinite(room.free) ? room.free : null,
      blocked: room.blocked,
      sync_p50_ms: stats.syncP50Ms,
      sync_p99_ms: stats.syncP99Ms,
    },
  };
}
