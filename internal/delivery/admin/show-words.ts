// `routes.show` and `sessions.show`: one of them whole, with what it leads to and what it holds. Lists in it are cut where
// one message could not carry them, and their lengths said.

import type { PeerId } from '../../domain/ids.ts';
import type { Route } from '../../domain/route.ts';
import type { Session } from '../../domain/session.ts';
import type { State } from '../../domain/state.ts';
import { consumerView, queueView, routeView, sessionView } from '../../usecase/inspect.ts';
import { tryRoute } from '../../usecase/try-route.ts';
import { Args, ArgumentFault } from './args.ts';
import { fitting, PAGE_BYTES_MAX } from './page-bytes.ts';
import { headersIn } from './route-words.ts';
import { timeText } from './time-text.ts';

const CONSUMERS_SHOWN_MAX = 20;
const LIST_BYTES_MAX = Math.floor(PAGE_BYTES_MAX / 4);

/** All routes of the pattern, or the one that leads to a queue. Throws an ArgumentFault. */
export function routesShown(state: State, nowMs: number, given: unknown): object {
  const args = new Args(given, ['pattern', 'tenant_id', 'destination_id']);
  const pattern = args.text('pattern');
  const tenant = args.text('tenant_id', '');
  const destination = args.textOrNull('destination_id');
  const routes = [...state.routes.values()].filter(
    (route) =>
      route.pattern === pattern && route.tenant === tenant && (destination === null || route.queueName === destination),
  );
  if (routes.length === 0) {
    const to = destination === null ? '' : ` to "${destination}"`;
    throw new ArgumentFault(`no route "${pattern}"${to}`, 'ROUTE_NOT_FOUND');
  }
  const items = routes.slice(0, ROUTES_SHOWN_MAX).map((route) => routeDetail(state, route, nowMs));
  return { pattern, tenant_id: tenant, items: items.slice(0, fitting(items)), total: routes.length };
}

/** What would become of such a message. Throws an ArgumentFault. */
export function routeTried(state: State, nowMs: number, given: unknown): object {
  const args = new Args(given, ['topic', 'tenant_id', 'headers', 'delivery_mode', 'inside', 'body']);
  const question = {
    tenant: args.text('tenant_id', ''),
    topic: args.text('topic'),
    headers: headersIn(args, 'headers'),
    mode: args.has('delivery_mode') ? args.oneOf('delivery_mode', DELIVERY_MODES) : 'both',
    inside: args.flag('inside', false),
    body: args.text('body', ''),
  } as const;
  return tryRoute(state, question, nowMs);
}

const DELIVERY_MODES = ['both', 'direct', 'fanout'] as const;

const ROUTES_SHOWN_MAX = 100;

function routeDetail(state: State, route: Route, nowMs: number): object {
  const queue = state.queues.get(route.queue);
  return {
    route_id: route.route,
    ...routeView(route),
    queue: queue === undefined ? null : queueView(state, queue, nowMs),
    sessions: (queue?.consumers ?? []).slice(0, CONSUMERS_SHOWN_MAX).map(consumerView),
    sessions_total: queue?.consumers.length ?? 0,
  };
}

/** Throws an ArgumentFault. */
export function sessionShown(state: State, heardMs: (peer: PeerId) => number | null, given: unknown): object {
  const args = new Args(given, ['consumer_id', 'tenant_id']);
  const consumer = args.text('consumer_id');
  const tenant = args.text('tenant_id', '');
  const session = [...state.sessions.values()].find((one) => one.consumer === consumer && one.tenant === tenant);
  if (session === undefined) throw new ArgumentFault(`consumer "${consumer}"`, 'CONSUMER_NOT_FOUND');
  const heardAtMs = session.peer === null ? null : heardMs(session.peer);
  return {
    ...sessionView(session),
    window: windowOf(session),
    fetching: session.fetch === null ? null : { count: session.fetch.count, until: timeText(session.creditUntilMs) },
    last_heard_at: timeText(heardAtMs),
    grace_until: session.peer === null ? timeText(session.graceUntilMs) : null,
    ...servedQueues(session),
    ...heldLeases(session),
  };
}

const windowOf = (session: Session): object => ({
  messages: session.windowMessages,
  bytes: session.windowBytes,
  room: Number.isFinite(session.room) ? session.room : session.windowMessages,
  /** What a pulling consumer still asks for. */
  credit: Number.isFinite(session.credit) ? session.credit : null,
});

function servedQueues(session: Session): object {
  const held = new Map<string, number>();
  for (const { queue } of session.leases()) held.set(queue.name, (held.get(queue.name) ?? 0) + 1);
  const queues = session.queues.map(({ name, ready, depth, paused }) => ({
    queue: name,
    depth,
    ready,
    leased_here: held.get(name) ?? 0,
    paused,
  }));
  return { queues: queues.slice(0, fitting(queues, LIST_BYTES_MAX)), queues_total: queues.length };
}

/** The oldest first: what is held for long is what an operator looks for. */
function heldLeases(session: Session): object {
  const leases = session
    .leases()
    .reverse()
    .map(({ queue, sequence, delivery, deadlineMs, bytes }) => ({
      queue: queue.name,
      sequence,
      delivery_id: `${delivery}`,
      until: timeText(deadlineMs),
      bytes,
    }));
  return { leases: leases.slice(0, fitting(leases, LIST_BYTES_MAX)), leases_total: leases.length };
}
