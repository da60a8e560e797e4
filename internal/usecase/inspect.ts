// What the broker shows of itself. Views are made from the state when they are asked for, never kept; lists come in
// pages, and a page is bounded in items. Field names are those of the CLI's and the REST's JSON.

import {
  acceptedAtMsAt,
  DEAD,
  dueAt,
  expiresAt,
  failedAt,
  LEASED,
  lengthAt,
  type Place,
  returnedAt,
  sequenceAt,
  statusAt,
  WAITING,
} from '../domain/entry-table.ts';
import { blockAt } from '../domain/evolve.ts';
import { asSequence, type Sequence } from '../domain/ids.ts';
import { type DeadLetter, type Queue, queueKey } from '../domain/queue.ts';
import type { Route } from '../domain/route.ts';
import { conditionText } from '../domain/route-condition.ts';
import { steeredFacts } from '../domain/rules/steer-consumer.ts';
import type { Session } from '../domain/session.ts';
import type { State } from '../domain/state.ts';
import type { WantedBlock } from './read-blocks.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

export const PAGE_ITEMS_MAX = 500;

export interface QueueView {
  readonly queue: string;
  readonly tenant_id: string;
  readonly depth: number;
  readonly ready: number;
  readonly leased: number;
  readonly waiting_retry: number;
  /** Not due yet, and never tried. */
  readonly scheduled: number;
  readonly dead_letters: number;
  readonly unreadable: number;
  readonly bytes: number;
  readonly consumers: number;
  /** Age of the oldest message that is not settled; null for an empty queue. */
  readonly oldest_unacked_ms: number | null;
  readonly paused: boolean;
  readonly draining: boolean;
  readonly origin: string;
  /** The first of them. */
  readonly patterns: readonly string[];
  readonly patterns_total: number;
}

/** Patterns and metadata of one item stay small enough for a page to hold the item. */
const PATTERNS_SHOWN_MAX = 100;
const METADATA_SHOWN_CHARACTERS_MAX = 16 * 1024;

export function queueView(state: State, queue: Queue, nowMs: number): QueueView {
  const oldest = queue.depth === 0 ? null : queue.entries.oldest();
  const routes = routesOf(state, queue);
  return {
    queue: queue.name,
    tenant_id: queue.tenant,
    depth: queue.depth,
    ready: queue.ready,
    leased: queue.leased,
    waiting_retry: queue.waiting - queue.scheduled,
    scheduled: queue.scheduled,
    dead_letters: queue.dead.size,
    unreadable: queue.unreadable.size,
    bytes: queue.bytes,
    consumers: queue.consumers.length,
    oldest_unacked_ms: oldest === null ? null : Math.max(0, Math.round(nowMs - acceptedAtMsAt(oldest))),
    paused: queue.paused,
    draining: queue.draining,
    origin: queue.origin,
    patterns: routes.slice(0, PATTERNS_SHOWN_MAX).map((route) => route.pattern),
    patterns_total: routes.length,
  };
}

const routesOf = (state: State, queue: Queue): Route[] =>
  [...(state.routesOfQueue.get(queue.id) ?? [])].flatMap((id) => state.routes.get(id) ?? []);

export function queuePage(state: State, nowMs: number, after: string | null, limit: number): Page<QueueView> {
  return paged(state.queues, after, limit, (queue) => queueView(state, queue, nowMs));
}

export interface QueueDetail extends QueueView {
  readonly policy: object;
  readonly routes: readonly object[];
  readonly sessions: readonly object[];
}

export function queueDetail(state: State, queue: Queue, nowMs: number): QueueDetail {
  return {
    ...queueView(state, queue, nowMs),
    policy: {
      lease_ms: queue.policy.leaseMs,
      attempts_max: queue.policy.attemptsMax,
      returns_max: queue.policy.returnsMax,
      backoff_initial_ms: queue.policy.backoffInitialMs,
      backoff_max_ms: queue.policy.backoffMaxMs,
      backoff_factor: queue.policy.backoffFactor,
      backoff_jitter: queue.policy.backoffJitter,
      expired: queue.policy.expired ?? 'drop',
      order: queue.policy.order ?? 'key',
      poisoned: queue.policy.poisoned ?? 'park',
    },
    routes: routesOf(state, queue).map(routeView),
    sessions: queue.consumers.map(consumerView),
  };
}

export const consumerView = (session: Session): object => ({
  consumer_id: session.consumer,
  session_id: `${session.id}`,
  inflight: session.inflight,
  window: session.windowMessages,
  blocked: session.blocked,
  steering: session.steering,
});

/** Consumers that operators paused or drain, there or not. */
export function steeredPage(state: State, after: string | null, limit: number): Page<object> {
  const sessions = new Map<string, Session>();
  for (const session of state.sessions.values())
    if (session.steering !== 'running') sessions.set(queueKey(session.tenant, session.consumer), session);
  return paged(state.steered.all, after, limit, ({ tenant, consumer }) =>
    steeredFacts(state, tenant, consumer, sessions.get(queueKey(tenant, consumer)) ?? null),
  );
}

export const routeView = (route: Route): object => ({
  pattern: route.pattern,
  destination_id: route.queueName,
  route_type: route.kind,
  priority: route.priority,
  enabled: route.enabled,
  exclusive: route.exclusive,
  tenant: route.tenant,
  origin: route.origin,
  ...(route.when === undefined ? {} : { when: route.when, conditions: route.when.map(conditionText).join('; ') }),
  ...(route.hops === undefined ? {} : { hops: route.hops }),
  ...(route.schema === undefined ? {} : { schema: route.schema.name, invalid: route.schema.invalid }),
  ...(JSON.stringify(route.metadata).length <= METADATA_SHOWN_CHARACTERS_MAX
    ? { metadata: route.metadata }
    : { metadata: {}, metadata_omitted: true }),
});

export const routePage = (state: State, after: string | null, limit: number): Page<object> =>
  paged(state.routes, after, limit, routeView);

export const sessionPage = (state: State, after: string | null, limit: number): Page<object> =>
  paged(state.sessions, after, limit, sessionView);

export const sessionView = (session: Session): object => ({
  session_id: `${session.id}`,
  consumer_id: session.consumer,
  tenant_id: session.tenant,
  live: session.peer !== null,
  resumable: session.resumable,
  supports_ack: session.acks,
  queues: session.queues.slice(0, 16).map((queue) => queue.name),
  max_inflight: session.windowMessages,
  inflight: session.inflight,
  inflight_bytes: session.inflightBytes,
  blocked: session.blocked,
});

/** A page of a table that is ordered by ever growing ids. */
export function paged<Id extends number, Item, View>(
  table: ReadonlyMap<Id, Item>,
  after: string | null,
  limit: number,
  view: (item: Item) => View,
): Page<View> {
  const from = after === null ? 0 : Number(after);
  const items: View[] = [];
  let last = 0;
  for (const [id, item] of table) {
    if (id <= from) continue;
    if (items.length >= Math.min(limit, PAGE_ITEMS_MAX)) return { items, next: `${last}` };
    items.push(view(item));
    last = id;
  }
  return { items, next: null };
}

/** A message as it stands in a queue, without its body. */
export interface EntryView {
  readonly block: WantedBlock;
  readonly queue: Queue;
  readonly sequence: number;
  readonly status: 'ready' | 'leased' | 'waiting_retry' | 'scheduled' | 'dead' | 'unreadable';
  readonly attempts: number;
  readonly returned: number;
  readonly acceptedAtMs: number;
  readonly length: number;
  readonly letter: DeadLetter | null;
  /** Of one that waits; else null. */
  readonly waitsUntilMs: number | null;
  /** When it is worth nothing any more; null: never. */
  readonly expiresAtMs: number | null;
}

const waitingFor = (place: Place): 'waiting_retry' | 'scheduled' =>
  failedAt(place) === 0 ? 'scheduled' : 'waiting_retry';

export function entryView(queue: Queue, place: Place): EntryView {
  const status = statusAt(place);
  const sequence = sequenceAt(place);
  return {
    block: blockAt(place),
    queue,
    sequence,
    status:
      status === DEAD
        ? 'dead'
        : queue.unreadable.has(sequence)
          ? 'unreadable'
          : status === LEASED
            ? 'leased'
            : status === WAITING
              ? waitingFor(place)
              : 'ready',
    attempts: failedAt(place),
    returned: returnedAt(place),
    acceptedAtMs: acceptedAtMsAt(place),
    length: lengthAt(place),
    letter: queue.dead.get(sequence) ?? null,
    waitsUntilMs: status === WAITING ? dueAt(place) : null,
    expiresAtMs: status === DEAD || expiresAt(place) === 0 ? null : expiresAt(place),
  };
}

/** Messages of a queue in order, dead ones left out. */
export function browsePage(queue: Queue, after: string | null, limit: number): Page<EntryView> {
  const from = after === null ? 0 : Number(after) + 1;
  const items: EntryView[] = [];
  for (const place of queue.entries.places(asSequence(from))) {
    if (statusAt(place) === DEAD) continue;
    if (items.length >= Math.min(limit, PAGE_ITEMS_MAX)) return { items, next: `${items.at(-1)?.sequence ?? 0}` };
    items.push(entryView(queue, place));
  }
  return { items, next: null };
}

/** A page of letters that were selected, by queue and then by sequence. */
export function selectedPage(
  selected: readonly { readonly queue: Queue; readonly sequence: Sequence }[],
  after: string | null,
  limit: number,
): Page<EntryView> {
  const [queueFrom, sequenceFrom] = after === null ? [0, 0] : (after.split(':').map(Number) as [number, number]);
  const items: EntryView[] = [];
  for (const { queue, sequence } of selected) {
    if (queue.id < queueFrom || (queue.id === queueFrom && sequence <= sequenceFrom)) continue;
    const last = items.at(-1);
    if (last !== undefined && items.length >= limit) return { items, next: `${last.queue.id}:${last.sequence}` };
    const place = queue.entries.find(sequence);
    if (place !== null) items.push(entryView(queue, place));
  }
  return { items, next: null };
}
