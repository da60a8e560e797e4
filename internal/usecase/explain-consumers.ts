// Why no consumer of a queue can be given anything, and what would make room.

import { shellWord } from '../../pkg/protocol/shell-word.ts';
import type { Lease } from '../domain/lease-table.ts';
import type { Queue } from '../domain/queue.ts';
import { boundsOf } from '../domain/quotas.ts';
import type { Session } from '../domain/session.ts';
import type { State } from '../domain/state.ts';
import { named, type Told } from './told.ts';

export function tenantFull(state: State, { usage, tenant }: Queue, nowMs: number): Told {
  const backMs = backFromAwayMs(tenantLeases(state, tenant));
  if (backMs !== null) return awayTold(usage.leased, backMs, nowMs);
  const { inflight, inflightBytes } = boundsOf(state.limits.quotas, tenant);
  const bytes = Number.isFinite(inflightBytes) ? `, ${usage.leasedBytes} of ${inflightBytes} bytes` : '';
  return {
    reason: 'tenant_inflight_full',
    detail: `the consumers of tenant "${tenant}" hold ${usage.leased} of ${inflight} messages${bytes} (max_inflight)`,
    next_step: 'let them settle what they hold, or raise max_inflight of the tenant in TENANT_QUOTAS_JSON',
  };
}

function* tenantLeases(state: State, tenant: string): Generator<Lease> {
  for (const session of state.sessions.values()) if (session.tenant === tenant) yield* session.leases();
}

/** When the first of these comes back if all are with consumers that are away; null if one is with one that is here. */
export function backFromAwayMs(leases: Iterable<Lease>): number | null {
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { session, deadlineMs } of leases) {
    if (session.peer !== null) return null;
    firstMs = Math.min(firstMs, session.graceUntilMs, deadlineMs);
  }
  return firstMs;
}

export const awayTold = (leased: number, backMs: number, nowMs: number): Told => ({
  reason: 'consumer_away',
  detail: `${leased} are with consumers that are away, and the first comes back in at most ${Math.ceil(backMs - nowMs)} ms`,
  next_step: 'start them again, or wait',
});

export function withoutRoom(state: State, queue: Queue, nowMs: number): Told {
  const { consumers } = queue;
  const hasRoom = state.hasControlRoom;
  if (consumers.length === 0) {
    if (!hasRoom) {
      const detail = 'no consumer works on it, and the full disk has no room to record one';
      return { reason: 'storage_full', detail, next_step: 'make room on the disk, then start its consumers' };
    }
    return {
      reason: 'no_consumer',
      detail: 'no consumer works on it',
      // Not `consume`: that takes what is there, and acknowledges it.
      next_step: `start its consumers; to look without taking: tachyon queues browse ${named(queue)}`,
    };
  }
  const reasons = [...new Set(consumers.map(noRoom))];
  if (reasons.length === 1 && reasons[0] === 'throttled') {
    const first = Math.min(...consumers.map(({ throttledUntilMs }) => throttledUntilMs));
    const inMs = Math.max(0, Math.ceil(first - nowMs));
    return {
      reason: 'throttled',
      detail: `each consumer has had what its throttle lets pass; the next message goes in ${inMs} ms`,
      next_step: '',
    };
  }
  // One that an operator holds back is the nearest thing to change.
  const steered = consumers.filter(({ steering }) => steering !== 'running').slice(0, 1);
  const wishes = [...new Set((steered.length > 0 ? steered : consumers).map(wishOf))].filter((wish) => wish !== '');
  return {
    reason: reasons.length === 1 ? (reasons[0] as NoRoom) : 'consumers_busy',
    detail: `none of ${consumers.length} consumers has room: ${reasons.join(', ')}`,
    // What is on its way to them leaves by itself.
    next_step: wishes.length === 0 ? '' : [...wishes, ...(hasRoom && steered.length === 0 ? [ADD] : [])].join(', or '),
  };
}

const ADD = 'add consumers';
const SETTLE = 'let them settle what they hold';

type NoRoom =
  | 'consumer_not_reading'
  | 'consumer_paused'
  | 'consumer_draining'
  | 'throttled'
  | 'handing_over'
  | 'window_bytes_full'
  | 'window_full'
  | 'nothing_fetched';

function wishOf(session: Session): string {
  const reason = noRoom(session);
  switch (reason) {
    case 'consumer_not_reading':
      return 'let them read from their connections';
    case 'consumer_paused':
    case 'consumer_draining': {
      const tenant = session.tenant === '' ? '' : ` --tenant ${shellWord(session.tenant)}`;
      return `tachyon consumers resume ${shellWord(session.consumer)}${tenant}`;
    }
    case 'throttled':
    case 'handing_over':
      return '';
    case 'window_bytes_full':
    case 'window_full':
      return SETTLE;
    case 'nothing_fetched':
      return 'let them fetch';
  }
}

/** Of one that is here. */
export function noRoom(session: Session): NoRoom {
  if (session.steering !== 'running') return `consumer_${session.steering}`;
  if (session.blocked) return 'consumer_not_reading';
  if (session.throttledUntilMs > 0) return 'throttled';
  const { inflight, inflightBytes, windowMessages, windowBytes, handingOver, handingOverBytes } = session;
  const bytesFull = inflightBytes >= windowBytes;
  if (!bytesFull && inflight < windowMessages) return 'nothing_fetched';
  // Without acks there is nothing to settle: it goes when the disk has it.
  if (inflight - handingOver < windowMessages && inflightBytes - handingOverBytes < windowBytes) return 'handing_over';
  return bytesFull ? 'window_bytes_full' : 'window_full';
}
