// Why a queue gives nothing, or that it does: by the scheduler's own look at it, in words, with what would change it.

import { shellWord } from '../../pkg/protocol/shell-word.ts';
import { leasesOf } from '../domain/entry-moves.ts';
import { WAITING } from '../domain/entry-table.ts';
import { hasExpired } from '../domain/evolve-times.ts';
import type { Queue } from '../domain/queue.ts';
import { outlook } from '../domain/rules/deliver.ts';
import type { State } from '../domain/state.ts';
import type { Bodies } from './bodies.ts';
import { awayTold, backFromAwayMs, noRoom, tenantFull, withoutRoom } from './explain-consumers.ts';
import type { Journal } from './ports/journal.ts';
import { named, type Told } from './told.ts';

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

export function reasonOf(state: State, queue: Queue, journal: Journal, bodies: Bodies, nowMs: number): Told {
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
      return withoutRoom(state, queue, nowMs);
    case 'tenant-full':
      return tenantFull(state, queue, nowMs);
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
      return nothingReady(state, queue, nowMs);
  }
}

const empty = (queue: Queue): Told =>
  queue.draining
    ? {
        reason: 'drained',
        detail: 'no message waits, and none is taken: an operator drained it',
        next_step: `tachyon queues resume ${named(queue)}`,
      }
    : { reason: 'empty', detail: 'no message waits', next_step: '' };

/** Ready messages of keys whose first message holds them up; null where no key does, or that one waits or is damaged itself. */
function keysHeld(state: State, queue: Queue): Told | null {
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
  if (queue.leased === 0 || backFromAwayMs(leasesOf(state, queue)) !== null) return null;
  return {
    reason: 'keys_busy',
    detail: `${queue.ready} are ready behind the first of their keys, which consumers have`,
    next_step: 'let consumers settle what they hold',
  };
}

/** Messages, and none that may go now. */
function nothingReady(state: State, queue: Queue, nowMs: number): Told {
  const held = queue.ready > 0 ? keysHeld(state, queue) : null;
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
    const backMs = backFromAwayMs(leasesOf(state, queue));
    if (backMs !== null) return awayTold(queue.leased, backMs, nowMs);
    return { reason: 'all_leased', detail: `${queue.leased} are with consumers`, next_step: '' };
  }
  return {
    reason: 'unreadable',
    detail: `the bodies of ${queue.unreadable.size} are damaged on disk`,
    next_step: 'look at the log, restore a backup, or purge them',
  };
}
