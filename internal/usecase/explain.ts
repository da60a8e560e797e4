// Why a queue gives nothing, or that it does: by the scheduler's own look at it, in words, with what would change it.

import { shellWord } from '../../pkg/protocol/shell-word.ts';
import { WAITING } from '../domain/entry-table.ts';
import { hasExpired } from '../domain/evolve-times.ts';
import type { Queue } from '../domain/queue.ts';
import { boundsOf } from '../domain/quotas.ts';
import { outlook } from '../domain/rules/deliver.ts';
import type { Session } from '../domain/session.ts';
import type { State } from '../domain/state.ts';
import type { Bodies } from './bodies.ts';
import type { Journal } from './ports/journal.ts';

export interface Why {
  readonly queue: string;
  readonly tenant_id: string;
  readonly dispatching: boolean;
  /** One word, stable: see docs/delivery.md. */
  readonly reason: string;
  readonly detail: string;
  /** What would change it; empty where nothing has to. */
  readonly next_step: string;
  readonly ready: number;
  readonly leased: number;
  readonly waiting_retry: number;
  readonly scheduled: number;
  readonly unreadable: number;
  readonly dead_letters: number;
  readonly consumers: readonly ConsumerState[];
}

export interface ConsumerState {
  readonly consumer_id: string;
  readonly room: number;
  /** Why it has none; empty where it has. */
  readonly reason: string;
}

type Told = Pick<Why, 'reason' | 'detail' | 'next_step'>;

const CONSUMERS_SHOWN_MAX = 100;

export function why(state: State, queue: Queue, journal: Journal, bodies: Bodies, nowMs: number): Why {
  const told = reasonOf(state, queue, journal, bodies, nowMs);
  return {
    queue: queue.name,
    tenant_id: queue.tenant,
    dispatching: told.reason === 'dispatching',
    ...told,
    ready: queue.ready,
    leased: queue.leased,
    waiting_retry: queue.waiting - queue.scheduled,
    scheduled: queue.scheduled,
    unreadable: queue.unreadable.size,
    dead_letters: queue.dead.size,
    consumers: queue.consumers.slice(0, CONSUMERS_SHOWN_MAX).map((session) => ({
      consumer_id: session.consumer,
      room: Number.isFinite(session.room) ? session.room : session.windowMessages,
      reason: session.room > 0 ? '' : noRoom(session),
    })),
  };
}

function reasonOf(state: State, queue: Queue, journal: Journal, bodies: Bodies, nowMs: number): Told {
  if (queue.depth === 0) return empty(queue);
  const ahead = outlook(state, queue, journal.durable, bodies);
  switch (ahead.type) {
    case 'open':
      return { reason: 'dispatching', detail: 'the next message goes with the next turn', next_step: '' };
    case 'draining':
      return { reason: 'draining', detail: 'the broker is shutting down', next_step: 'start it again' };
    case 'paused':
      return { reason: 'paused', detail: 'an operator paused it', next_step: `tachyon queues resume ${named(queue)}` };
    case 'no-consumer':
      return withoutRoom(queue, nowMs);
    case 'tenant-full':
      return tenantFull(state, queue);
    case 'not-durable':
      return { reason: 'not_durable', detail: `group ${ahead.position} is on its way to the disk`, next_step: '' };
    case 'needs-body':
      return { reason: 'reading', detail: `group ${ahead.position} is being read from the disk`, next_step: '' };
    case 'no-space':
      return {
        reason: 'storage_full',
        detail: 'no further settlement can be booked on the full disk',
        next_step: 'make room on the disk, or settle what is out',
      };
    case 'empty':
      return nothingReady(queue, nowMs);
  }
}

/** As a shell takes it. */
const named = ({ name, tenant }: Queue): string =>
  tenant === '' ? shellWord(name) : `${shellWord(name)} --tenant ${shellWord(tenant)}`;

const empty = (queue: Queue): Told =>
  queue.draining
    ? {
        reason: 'drained',
        detail: 'no message waits, and none is taken: an operator drained it',
        next_step: `tachyon queues resume ${named(queue)}`,
      }
    : { reason: 'empty', detail: 'no message waits', next_step: '' };

function tenantFull({ limits }: State, { usage, tenant }: Queue): Told {
  const { inflight, inflightBytes } = boundsOf(limits.quotas, tenant);
  const bytes = Number.isFinite(inflightBytes) ? `, ${usage.leasedBytes} of ${inflightBytes} bytes` : '';
  return {
    reason: 'tenant_inflight_full',
    detail: `the consumers of tenant "${tenant}" hold ${usage.leased} of ${inflight} messages${bytes} (max_inflight)`,
    next_step: 'let them settle what they hold, or raise max_inflight of the tenant in TENANT_QUOTAS_JSON',
  };
}

function withoutRoom(queue: Queue, nowMs: number): Told {
  if (queue.consumers.length === 0) {
    return {
      reason: 'no_consumer',
      detail: 'no consumer works on it',
      // Not `consume`: that takes what is there, and acknowledges it.
      next_step: `start its consumers; to look without taking: tachyon queues browse ${named(queue)}`,
    };
  }
  const reasons = [...new Set(queue.consumers.map(noRoom))];
  if (reasons.length === 1 && reasons[0] === 'throttled') {
    const first = Math.min(...queue.consumers.map(({ throttledUntilMs }) => throttledUntilMs));
    const inMs = Math.max(0, Math.ceil(first - nowMs));
    return {
      reason: 'throttled',
      detail: `each consumer has had what its throttle lets pass; the next message goes in ${inMs} ms`,
      next_step: '',
    };
  }
  return {
    reason: reasons.length === 1 ? (reasons[0] as string) : 'consumers_busy',
    detail: `none of ${queue.consumers.length} consumers has room: ${reasons.join(', ')}`,
    next_step: stepTo(queue),
  };
}

/** A consumer that an operator holds back is the nearest thing to change. */
function stepTo({ consumers }: Queue): string {
  const steered = consumers.find(({ peer, steering }) => peer !== null && steering !== 'running');
  if (steered === undefined) return 'let them settle what they hold, or add consumers';
  const tenant = steered.tenant === '' ? '' : ` --tenant ${shellWord(steered.tenant)}`;
  return `tachyon consumers resume ${shellWord(steered.consumer)}${tenant}`;
}

function noRoom(session: Session): string {
  if (session.peer === null) return 'consumer_away';
  if (session.steering !== 'running') return `consumer_${session.steering}`;
  if (session.blocked) return 'consumer_not_reading';
  if (session.throttledUntilMs > 0) return 'throttled';
  if (session.inflightBytes >= session.windowBytes) return 'window_bytes_full';
  if (session.inflight >= session.windowMessages) return 'window_full';
  return 'nothing_fetched';
}

/** Ready messages of keys whose first message holds them up; null where no key does. */
function keysHeld(queue: Queue): Told | null {
  const { order } = queue;
  if (order === null || order.lanes.size === 0) return null;
  const paused = [...queue.pausedKeys.keys()].filter((key) => order.lanes.has(key)).length;
  const name = named(queue);
  if (paused > 0) {
    return {
      reason: 'key_paused',
      detail: `${queue.ready} are ready behind the first of their keys; ${paused} keys are paused`,
      next_step: `tachyon keys list ${name} --held, then: tachyon keys resume ${shellWord(queue.name)} <key>`,
    };
  }
  if (order.parked.size > 0) {
    return {
      reason: 'key_parked',
      detail: `${queue.ready} are ready behind the first of their keys; ${order.parked.size} keys are parked after too many failures`,
      next_step: `tachyon keys list ${name} --held, then: tachyon keys release or skip ${shellWord(queue.name)} <key>`,
    };
  }
  return {
    reason: 'keys_busy',
    detail: `${queue.ready} are ready behind the first of their keys, which is out or waits`,
    next_step: 'let consumers settle what they hold',
  };
}

/** Messages, and none that may go now. */
function nothingReady(queue: Queue, nowMs: number): Told {
  const held = queue.ready > 0 ? keysHeld(queue) : null;
  if (held !== null) return held;
  if (queue.waiting > 0) {
    let next = Number.POSITIVE_INFINITY;
    let isFirst = false;
    let over = 0;
    for (const { chunk, row } of queue.entries.places()) {
      const atMs = chunk.status[row] === WAITING ? chunk.dueOf(row) : next;
      if (chunk.status[row] === WAITING && hasExpired({ chunk, row }, nowMs)) over += 1;
      if (atMs >= next) continue;
      next = atMs;
      isFirst = chunk.failedOf(row) === 0;
    }
    if (over > 0) {
      return {
        reason: 'storage_full',
        detail: `the time of ${over} is over, and the disk has no room to make dead letters of them`,
        next_step: `make room on the disk, or give them up: tachyon queues purge ${named(queue)} --confirm PURGE`,
      };
    }
    const inMs = Math.max(0, Math.round(next - nowMs));
    const detail = `${queue.waiting} wait for their time, the first for ${inMs} ms more`;
    return { reason: isFirst ? 'scheduled' : 'waiting_retry', detail, next_step: '' };
  }
  if (queue.leased > 0) {
    return { reason: 'all_leased', detail: `${queue.leased} are with consumers`, next_step: '' };
  }
  return {
    reason: 'unreadable',
    detail: `the bodies of ${queue.unreadable.size} are damaged on disk`,
    next_step: 'look at the log, restore a backup, or purge them',
  };
}
