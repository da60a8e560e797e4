// What is true of the state between any two commands, whatever has happened: every count beside what it counts, every
// reference beside its way back. O(n): called by tests and after each step of the simulator, never in production.

import { invariant } from './assert.ts';
import {
  DEAD,
  deliveryAt,
  failedAt,
  GONE,
  hasTraits,
  LEASED,
  type Place,
  READY,
  sequenceAt,
  statusAt,
  WAITING,
} from './entry-table.ts';
import { checkOrder } from './order-invariants.ts';
import { type Queue, queueKey } from './queue.ts';
import { hasNext } from './rules/backlog.ts';
import { isTenantFull } from './rules/quotas.ts';
import type { Session } from './session.ts';
import type { State } from './state.ts';
import { checkUsage } from './usage-invariants.ts';

export function checkInvariants(state: State): void {
  let deadLetters = 0;
  let leases = 0;
  for (const queue of state.queues.values()) {
    checkQueue(state, queue);
    deadLetters += queue.dead.size;
    leases += queue.leased;
  }
  invariant(state.deadLetters === deadLetters, `dead letters are counted: ${state.deadLetters}, seen ${deadLetters}`);
  invariant(state.leases.size === leases, `each lease is its queue's: ${state.leases.size}, in queues ${leases}`);
  const { size } = state.queuesByName;
  invariant(size === state.queues.size, `each queue has its name: ${size} names, ${state.queues.size} queues`);
  state.leases.checkInvariants();
  checkUsage(state);
  checkRoutes(state);
  checkSessions(state);
  checkProducers(state);
  for (const queue of state.dirty) known(state, queue, 'a queue to look at');
}

/** Queues that could give a message to somebody and that nobody will look at: what work-conserving rules out. */
export function stranded(state: State): Queue[] {
  const left: Queue[] = [];
  for (const queue of state.queues.values()) {
    if (
      hasNext(queue) &&
      !queue.paused &&
      !isTenantFull(state, queue.usage) &&
      !state.dirty.has(queue) &&
      queue.consumers.some((session) => session.room > 0)
    )
      left.push(queue);
  }
  return left;
}

function known(state: State, queue: Queue, what: string): void {
  invariant(state.queues.get(queue.id) === queue, `${what} is declared: "${queue.name}"`);
}

function checkQueue(state: State, queue: Queue): void {
  const { entries, dead, unreadable, name } = queue;
  invariant(state.queuesByName.get(queueKey(queue.tenant, name)) === queue, `queue "${name}" is found by its name`);
  invariant(queue.id < state.nextQueue, `the number of queue "${name}" is taken: ${queue.id} of ${state.nextQueue}`);
  entries.checkInvariants();
  checkOrder(queue);
  const seen = { [GONE]: 0, [READY]: 0, [LEASED]: 0, [WAITING]: 0, [DEAD]: 0 };
  let scheduled = 0;
  const again = new Set(queue.again.items);
  let bytes = 0;
  for (const place of entries.places()) {
    const status = statusAt(place);
    const sequence = sequenceAt(place);
    seen[status] += 1;
    if (status === WAITING && failedAt(place) === 0) scheduled += 1;
    bytes += place.chunk.length[place.row] as number;
    invariant(sequence < state.nextSequence, `sequence ${sequence} was given: next is ${state.nextSequence}`);
    if (status === LEASED) checkLease(state, queue, place);
    invariant(
      (status === DEAD) === dead.has(sequence),
      `message ${sequence} of "${name}" with status ${status} has its letter`,
    );
    if (status !== READY) {
      invariant(!unreadable.has(sequence), `only a ready message is unreadable: ${sequence} has status ${status}`);
    } else if (!unreadable.has(sequence)) {
      const found = hasTraits(place) || !entries.passed(sequence) || again.has(sequence);
      invariant(found, `a ready message is before the cursor or in the heap: ${sequence} of "${name}"`);
    }
    const failed = failedAt(place);
    const history = queue.histories.get(sequence) ?? [];
    const told = history.length - 1 - history.findLastIndex(({ cause }) => cause === 'redriven');
    if (status !== DEAD)
      invariant(told === failed, `message ${sequence} failed ${failed} times, its history tells ${told}`);
  }
  invariant(queue.leased === seen[LEASED], `leases of "${name}": ${queue.leased}, seen ${seen[LEASED]}`);
  invariant(dead.size === seen[DEAD], `dead letters of "${name}": ${dead.size}, seen ${seen[DEAD]}`);
  invariant(queue.waiting === seen[WAITING], `waiting in "${name}": ${queue.waiting}, seen ${seen[WAITING]}`);
  invariant(queue.scheduled === scheduled, `scheduled in "${name}": ${queue.scheduled}, seen ${scheduled}`);
  const ready = seen[READY] - unreadable.size;
  invariant(queue.ready === ready, `ready in "${name}": ${queue.ready}, seen ${ready}`);
  invariant(queue.bytes === bytes, `bytes of "${name}": ${queue.bytes}, seen ${bytes}`);
  for (const sequence of queue.histories.keys()) {
    invariant(entries.find(sequence) !== null, `a history belongs to a message: ${sequence} of "${name}"`);
  }
  for (const session of queue.consumers) {
    invariant(session.queues.includes(queue), `consumer "${session.consumer}" serves "${name}"`);
    invariant(
      state.sessions.get(session.id) === session,
      `consumer "${session.consumer}" of "${name}" has its session`,
    );
  }
  invariant(new Set(queue.consumers).size === queue.consumers.length, `"${name}" has each consumer once`);
}

function checkLease(state: State, queue: Queue, place: Place): void {
  const delivery = deliveryAt(place);
  const run = state.leases.runOf(delivery);
  const sequence = run?.sequences[delivery - run.first];
  if (run?.queue === queue && sequence === sequenceAt(place) && delivery < state.nextDelivery) return;
  invariant(false, `message ${sequenceAt(place)} of "${queue.name}" is out as delivery ${delivery}`);
}

function checkRoutes(state: State): void {
  const { size } = state.routeIndex;
  invariant(size === state.routes.size, `the index holds each route: ${size}, known ${state.routes.size}`);
  let ofQueues = 0;
  for (const [queue, routes] of state.routesOfQueue) {
    ofQueues += routes.size;
    for (const id of routes) invariant(state.routes.get(id)?.queue === queue, `route ${id} leads to queue ${queue}`);
  }
  invariant(ofQueues === state.routes.size, `each route is its queue's: ${ofQueues}, known ${state.routes.size}`);
  for (const { route, kind, queue, queueName } of state.routes.values()) {
    invariant(route < state.nextRoute, `the number of route ${route} is taken: next is ${state.nextRoute}`);
    const name = kind === 'fanout' ? '' : state.queues.get(queue)?.name;
    invariant(name === queueName, `route ${route} names its queue: "${queueName}", declared "${name}"`);
  }
}

function checkSessions(state: State): void {
  let held = 0;
  for (const session of state.sessions.values()) {
    held += checkSession(state, session);
    const { peer, consumer } = session;
    if (peer !== null) invariant(state.sessionByPeer.get(peer) === session, `"${consumer}" is found by peer ${peer}`);
    else invariant(session.queues.length === 0, `"${consumer}" is away and serves no queue`);
  }
  invariant(held === state.leases.size, `each lease is in its session's list: ${held} of ${state.leases.size}`);
  for (const [peer, session] of state.sessionByPeer) {
    invariant(session.peer === peer && state.sessions.get(session.id) === session, `peer ${peer} speaks for a session`);
  }
  for (const session of state.waitingSessions) {
    invariant(state.sessions.get(session.id) === session, `session ${session.id} waits and is open`);
  }
}

function checkSession(state: State, session: Session): number {
  const leases = session.leases();
  let bytes = 0;
  for (const lease of leases) {
    bytes += lease.bytes;
    if (state.leases.runOf(lease.delivery)?.session === session) continue;
    invariant(false, `delivery ${lease.delivery} of session ${session.id} is out`);
  }
  // What is on its way to a consumer that does not ack takes room without a lease, also when it has begun to ack since.
  const { inflight, inflightBytes, handingOver, handingOverBytes, id } = session;
  const fits = inflight === leases.length + handingOver;
  invariant(fits, `session ${id} counts what is in flight: ${inflight}, seen ${leases.length} and ${handingOver}`);
  const bytesFit = inflightBytes === bytes + handingOverBytes;
  invariant(
    bytesFit,
    `session ${id} counts the bytes in flight: ${inflightBytes}, seen ${bytes} and ${handingOverBytes}`,
  );
  const steering = state.steered.of(session.tenant, session.consumer);
  invariant(session.steering === steering, `"${session.consumer}" is ${steering}, its session ${session.steering}`);
  for (const queue of session.queues) {
    known(state, queue, 'a served queue');
    invariant(queue.consumers.includes(session), `"${queue.name}" knows its consumer "${session.consumer}"`);
  }
  return leases.length;
}

function checkProducers(state: State): void {
  for (const [producer, peer] of state.producerPeer) {
    invariant(state.peerProducer.get(peer) === producer, `peer ${peer} speaks for producer ${producer}`);
    invariant(state.producers.has(producer), `producer ${producer} is open`);
  }
  const { size } = state.peerProducer;
  invariant(
    size === state.producerPeer.size,
    `one connection for each producer: ${size} of ${state.producerPeer.size}`,
  );
}
