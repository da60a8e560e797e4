// From what the broker says to what the earlier gateway said. Pure: the same answers give the same view.

import type { AuditEvent } from '../schemas/audit.ts';
import type { DeadLetter } from '../schemas/dead-letter.ts';
import type { EarlierRecord } from '../schemas/earlier.ts';
import type { Message, Queue } from '../schemas/queue.ts';
import type { Route } from '../schemas/route.ts';
import type { Session } from '../schemas/session.ts';
import type { DeferredEntry, EarlierSession, Overview, Transition } from '../schemas/snapshot.ts';
import type { Status } from '../schemas/status.ts';

/** Waiting messages per live session from which on the pressure is called so. */
const ELEVATED_FROM = 100;
const HIGH_FROM = 1_000;

export const recordOf = (letter: DeadLetter): EarlierRecord => ({
  ...letter,
  enqueue_sequence: letter.enqueue_sequence ?? letter.sequence,
  payload_b64: letter.payload ?? '',
});

/** The broker knows whether a consumer is there; how long ago it was heard is its own business. */
export function sessionOf(session: Session): EarlierSession {
  const isPending = !session.live && session.resumable;
  return {
    ...session,
    health: session.live
      ? session.blocked === true
        ? 'degraded'
        : 'healthy'
      : isPending
        ? 'resumable_pending'
        : 'stale',
    inflight_count: session.inflight,
    resumable_pending: isPending,
  };
}

export function topologyOf(routes: readonly Route[]): Overview['route_topology'] {
  const destinations = new Map<string, Overview['route_topology']['destinations'][number]>();
  for (const { tenant, destination_id, route_type, pattern } of routes) {
    const name = destination_id === '' ? `(${route_type})` : destination_id;
    const key = `${tenant}\0${name}`;
    const known = destinations.get(key);
    if (known === undefined) destinations.set(key, { destination_id: name, tenant, patterns: [pattern] });
    else known.patterns.push(pattern);
  }
  return { destinations: [...destinations.values()] };
}

export function backlogOf(
  status: Status,
  sessions: readonly Session[],
  queues: readonly Queue[],
  nowMs: number,
): Overview['backlog'] {
  const live = sessions.filter((session) => session.live);
  const waiting = Math.max(0, status.depth - status.leased);
  const perSession = live.length === 0 ? waiting : waiting / live.length;
  const ages = queues.flatMap(({ oldest_unacked_ms }) => oldest_unacked_ms ?? []);
  return {
    direct_inflight: status.leased,
    deferred_total: waiting,
    dead_letter_total: status.dead_letters,
    active_sessions: live.length,
    oldest_deferred_at: waiting === 0 || ages.length === 0 ? null : new Date(nowMs - Math.max(...ages)).toISOString(),
    backlog_per_session: Math.round(perSession * 100) / 100,
    pressure: perSession >= HIGH_FROM ? 'high' : perSession >= ELEVATED_FROM ? 'elevated' : 'nominal',
    inflight_breakdown: sessions
      .filter(({ inflight }) => inflight > 0)
      .map(({ consumer_id, tenant_id, inflight }) => ({ consumer_id, tenant_id, inflight })),
  };
}

/** By status; anything else is what nobody has taken yet. */
const REASONS: Readonly<Record<string, string>> = { waiting_retry: 'retry', scheduled: 'schedule' };

/** What waits in a queue, as the earlier system listed what it held back. */
export const deferredOf = (message: Message): DeferredEntry => ({
  sequence: message.sequence,
  message_id: message.message_id ?? '',
  tenant_id: message.tenant_id,
  topic: message.topic ?? '',
  destination_id: message.queue,
  route_type: 'direct',
  enqueue_sequence: message.sequence,
  delivery_attempt: message.failed_deliveries + 1,
  reason: REASONS[message.status] ?? 'publish',
  accepted_at: message.accepted_at,
});

/** The latest that happened to single messages: dead-lettered, or touched by an operator. */
export function transitionsOf(
  letters: readonly DeadLetter[],
  events: readonly AuditEvent[],
  limit: number,
): readonly Transition[] {
  const died = letters.map((letter) => ({
    type: 'dead_lettered',
    timestamp: letter.dead_lettered_at,
    message_id: letter.message_id ?? '',
    consumer_id: letter.consumer_id,
    topic: letter.topic ?? '',
    reason: letter.reason,
  }));
  const touched = events.map((event) => ({
    type: event.operation,
    timestamp: event.timestamp,
    message_id: event.target_message_ids[0] ?? '',
    consumer_id: event.actor,
    topic: '',
    reason: event.requested_reason,
  }));
  return [...died, ...touched].sort((a, b) => b.timestamp.localeCompare(a.timestamp)).slice(0, limit);
}
