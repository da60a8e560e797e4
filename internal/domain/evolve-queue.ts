// Applies what happened to queues and to the routes that lead to them.

import { assertNever, invariant } from './assert.ts';
import { type BlockLedger, entryOf, leasesOf, queueOf, settleAll } from './entry-moves.ts';
import {
  DEAD,
  FAILED_COUNT_MAX,
  LEASED,
  lengthAt,
  positionAt,
  READY,
  returnedAt,
  statusAt,
  WAITING,
} from './entry-table.ts';
import { breakWait, forgetExpiry } from './evolve-times.ts';
import { makeReady, orderFailed } from './evolve-traits.ts';
import { asQueueId, asRouteId, asSequence, type QueueId, type Sequence } from './ids.ts';
import { Queue, queueKey } from './queue.ts';
import type { KeyReleased, QueueEvent, RouteAdded, RouteShaped } from './queue-event.ts';
import type { Session } from './session.ts';
import type { State } from './state.ts';

export function evolveQueue(state: State, event: QueueEvent, ledger: BlockLedger): void {
  switch (event.type) {
    case 'queue-declared': {
      const queue = new Queue(event.queue, event.tenant, event.name, event.policy, event.origin);
      state.queues.set(queue.id, queue);
      state.usage.join(queue);
      state.queuesByName.set(queueKey(queue.tenant, queue.name), queue);
      state.nextQueue = asQueueId(Math.max(state.nextQueue, queue.id + 1));
      return;
    }
    case 'queue-deleted':
      return queueDeleted(state, event.queue, ledger);
    case 'queue-purged': {
      const queue = queueOf(state, event.queue);
      const going: Sequence[] = [];
      for (const { chunk, row } of queue.entries.places()) {
        if (chunk.sequenceOf(row) > event.through) break;
        if (chunk.status[row] === READY || chunk.status[row] === WAITING) going.push(asSequence(chunk.sequenceOf(row)));
      }
      settleAll(state, queue, going, ledger);
      if (queue.order !== null) state.wake([queue]);
      return;
    }
    case 'queue-paused': {
      const queue = queueOf(state, event.queue);
      queue.paused = event.paused;
      state.wake([queue]);
      return;
    }
    case 'queue-draining': {
      const queue = queueOf(state, event.queue);
      queue.draining = event.draining;
      if (event.draining) state.drainingQueues.add(queue.id);
      else state.drainingQueues.delete(queue.id);
      return;
    }
    case 'queue-idle':
      queueOf(state, event.queue).idleSinceMs = event.atMs;
      return;
    case 'key-paused': {
      const queue = queueOf(state, event.queue);
      if (event.paused) queue.pausedKeys.set(event.lane, event.key);
      else queue.pausedKeys.delete(event.lane);
      queue.order?.again(event.lane);
      state.wake([queue]);
      return;
    }
    case 'key-released':
      return keyReleased(state, event);
    case 'route-added':
    case 'route-shaped':
      return routeAdded(state, event);
    case 'route-removed': {
      const route = state.routes.get(event.route);
      invariant(route !== undefined, `route ${event.route} is known`);
      state.routes.delete(event.route);
      state.routesOfQueue.get(route.queue)?.delete(event.route);
      state.routeIndex.remove(event.route);
      return;
    }
    default:
      return assertNever(event);
  }
}

/** As a replay does to a dead letter: fresh counts, and a line in its history. */
function keyReleased(state: State, { queue: id, sequence, atMs, operator }: KeyReleased): void {
  const queue = queueOf(state, id);
  const place = entryOf(queue, sequence);
  invariant(statusAt(place) === WAITING, `message ${sequence} waits at the head of its key`);
  breakWait(state, queue, place);
  place.chunk.setCounts(place.row, 0, returnedAt(place));
  const record = { attempt: 0, consumer: operator.actor, atMs, cause: 'redriven', reason: operator.reason } as const;
  const before = queue.histories.get(sequence) ?? [];
  queue.histories.set(sequence, [...before.slice(1 - FAILED_COUNT_MAX), record]);
  orderFailed(queue, place);
  makeReady(queue, place);
  state.wake([queue]);
}

function queueDeleted(state: State, id: QueueId, ledger: BlockLedger): void {
  const queue = queueOf(state, id);
  for (const place of queue.entries.places()) {
    ledger.release(positionAt(place), lengthAt(place));
    forgetExpiry(state, place);
    if (statusAt(place) === DEAD) state.deadLetterBytes -= lengthAt(place);
    else queue.usage.add(-1, -lengthAt(place));
    if (statusAt(place) === LEASED) queue.usage.lease(-1, -lengthAt(place));
  }
  state.usage.leave(queue);
  const holders = new Set<Session>();
  for (const { delivery, session } of leasesOf(state, queue)) {
    state.leases.end(delivery);
    holders.add(session);
  }
  queue.leased = 0;
  state.retries.stale += queue.waiting;
  for (const session of queue.consumers) session.queues = session.queues.filter((served) => served !== queue);
  // Whoever still knows the queue, such as a turn that waits for its bodies, finds nobody to deliver to.
  queue.consumers.length = 0;
  for (const route of state.routesOfQueue.get(id) ?? []) {
    state.routes.delete(route);
    state.routeIndex.remove(route);
  }
  state.deadLetters -= queue.dead.size;
  state.routesOfQueue.delete(id);
  state.drainingQueues.delete(id);
  state.copiesOwed.delete(id);
  state.queues.delete(id);
  state.queuesByName.delete(queueKey(queue.tenant, queue.name));
  state.dirty.delete(queue);
  // Its leases took room in windows that other queues' messages may have now.
  for (const session of holders) state.wake(session.queues);
}

function routeAdded(state: State, event: RouteAdded | RouteShaped): void {
  const { route, tenant, pattern, kind, queue, priority, enabled, exclusive, metadata, origin } = event;
  const queueName = kind === 'fanout' ? '' : queueOf(state, queue).name;
  const plain = { route, tenant, pattern, kind, queue, priority, enabled, exclusive, queueName, metadata, origin };
  const added = event.type === 'route-added' ? plain : { ...plain, ...event.traits };
  state.routes.set(route, added);
  state.routeIndex.add(added);
  state.nextRoute = asRouteId(Math.max(state.nextRoute, route + 1));
  const ofQueue = state.routesOfQueue.get(queue);
  if (ofQueue === undefined) state.routesOfQueue.set(queue, new Set([route]));
  else ofQueue.add(route);
}
