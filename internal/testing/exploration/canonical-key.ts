// When two small worlds are one: everything that may make a difference later, told in one text. Numbers that only grow
// (positions, sessions, deliveries) are told by their order, times by how far away they are. Of the events it is told what a
// crash would find at each point that it may leave of the disk.
//
// A field of the state that is missing here would make the search overlook histories: every field stands in one of the
// lists below, and a test compares them with the state.

import type { Effect } from '../../domain/effect.ts';
import {
  DEAD,
  deliveryAt,
  dueAt,
  expiresAt,
  failedAt,
  LEASED,
  positionAt,
  READY,
  returnedAt,
  sequenceAt,
  statusAt,
  WAITING,
} from '../../domain/entry-table.ts';
import type { PeerId } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import type { State } from '../../domain/state.ts';
import { emptyState, NO_LEDGER } from './core.ts';
import type { SmallWorld } from './small-world.ts';

/** Fields of the state that the key tells … */
export const KEYED_FIELDS = [
  'nextSequence',
  'reservedThrough',
  'queues',
  'producers',
  'sessions',
  'leases',
  'retries',
  'expiries',
  'nextDelivery',
  'deliveryIdsDurable',
  'producerPeer',
  'overdue',
  'dirty',
  'waitingSessions',
] as const satisfies readonly (keyof State)[];

/** … and those that it need not tell, with why. */
export const UNKEYED_FIELDS: Partial<Record<keyof State, string>> = {
  limits: 'the same in all states of a search',
  defaultPolicy: 'the same in all states of a search',
  priorities: 'the same in all states of a search',
  calendar: 'the same in all states of a search',
  schemas: 'no schema is added',
  copiesOwed: 'no route takes copies of dead letters',
  crons: 'nothing recurs here',
  judgeBody: 'the same in all states of a search',
  buckets: 'no throttle is set',
  throttled: 'no throttle is set',
  pressedAtMs: 'nothing is bounded',
  overload: 'the load stays normal',
  holdListeners: 'decide nothing',
  inboxes: 'nobody asks for one',
  steered: 'no consumer is held back',
  usage: 'found from queues',
  applying: 'set by each event before it is looked at',
  epoch: 'told to clients, decides nothing',
  nextQueue: 'no queue is declared after the beginning',
  nextRoute: 'no route is added after the beginning',
  nextProducer: 'no producer is opened after the beginning',
  nextSession: 'a name',
  queuesByName: 'found from queues',
  routes: 'the same in all states of a search',
  routesOfQueue: 'the same in all states of a search',
  routeIndex: 'the same in all states of a search',
  imports: 'nothing is imported',
  nextJob: 'there are no jobs',
  jobs: 'there are no jobs',
  drainingQueues: 'found from queues',
  deadLetters: 'found from queues',
  deadLetterBytes: 'found from queues',
  sessionByPeer: 'found from sessions',
  peerProducer: 'found from producerPeer',
  lastAction: 'no checkpoint waits for it here',
  counters: 'decide nothing',
  refusalListeners: 'decide nothing',
  freeBytes: 'the disk has room',
  reserveBytes: 'the disk has room',
  storageBlocked: 'the disk has room',
  draining: 'the broker is not told to stop',
  nextSweepMs: 'nothing here is swept',
};

/** Numbers by the order in which they are first told. */
class Names {
  readonly #names = new Map<number, number>();

  of(id: number): number {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    this.#names.set(id, this.#names.size);
    return this.#names.size - 1;
  }
}

interface Telling {
  readonly world: SmallWorld;
  readonly deliveries: ReadonlyMap<number, number>;
  readonly sessions: Names;
  /** A message that waits is told from a ready one; that its time has come is of the volatile half. */
  readonly isWaitTold: boolean;
}

type Told = string | number | boolean;

/** The durable half of a state of this world, as it is when all that waits for a time that has come is taken for ready. */
export function durableText(world: SmallWorld, state: State): string {
  const telling = { world, deliveries: deliveryRanks(world, [state]), sessions: new Names(), isWaitTold: false };
  return [...durableHalf(telling, state)].join(' ');
}

export function canonicalKey(world: SmallWorld): string {
  const prefixes = prefixStates(world);
  const telling = { world, deliveries: deliveryRanks(world, prefixes), sessions: new Names(), isWaitTold: true };
  const parts: Told[] = [...durableHalf(telling, world.state), ...volatileHalf(telling)];
  for (const prefix of prefixes) parts.push('prefix', ...durableHalf(telling, prefix));
  parts.push(...gateOf(telling), ...clientsOf(telling));
  return parts.join(' ');
}

/** What would be found of the disk, but for all of it, which is the state itself. */
function prefixStates({ events, durable, last, core }: SmallWorld): State[] {
  if (durable === last) return [];
  const found: State[] = [];
  for (let through = durable as number; through < last; through += 1) {
    const state = emptyState();
    for (const { event, placement } of events)
      if (placement.position <= through) core.evolve(state, event, placement, NO_LEDGER);
    found.push(state);
  }
  return found;
}

function deliveryRanks({ state, consumers, held }: SmallWorld, prefixes: readonly State[]): Map<number, number> {
  const ids = new Set<number>();
  for (const { leases } of [state, ...prefixes]) for (const { delivery } of leases.all()) ids.add(delivery);
  for (const { hand, lost } of consumers) {
    for (const { delivery } of hand) ids.add(delivery);
    if (lost !== null) ids.add(lost.delivery);
  }
  for (const { effect } of held)
    if (effect.type === 'deliver' && effect.firstDelivery > 0) ids.add(effect.firstDelivery);
  return new Map([...ids].sort((a, b) => a - b).map((id, rank) => [id, rank]));
}

const byNumber = (a: number, b: number): number => a - b;

const byId = <Numbered extends { readonly id: number }>(all: Iterable<Numbered>): Numbered[] =>
  [...all].sort((a, b) => a.id - b.id);

function* durableHalf(telling: Telling, state: State): Generator<Told> {
  const { world, deliveries, sessions, isWaitTold } = telling;
  const { nowMs, highestDelivery } = world;
  yield `s${state.nextSequence} ${state.reservedThrough > highestDelivery}`;
  for (const session of byId(state.sessions.values()))
    yield `session${sessions.of(session.id)} ${session.consumer} ${session.tokenHash}`;
  for (const { id, window } of byId(state.producers.values()))
    yield `producer${id} ${window.highest} ${window.bits[0]}`;
  for (const { delivery, session, sequence, deadlineMs } of [...state.leases.all()].sort(
    (a, b) => a.delivery - b.delivery,
  ))
    yield `lease${deliveries.get(delivery)} ${sessions.of(session.id)} ${sequence} ${deadlineMs - nowMs}`;
  for (const queue of state.queues.values()) {
    yield `queue${queue.id} ${queue.idleSinceMs > 0} ${queue.paused} ${queue.draining} ${queue.bytes}`;
    for (const place of queue.entries.places()) {
      const status = statusAt(place) === WAITING && !isWaitTold ? READY : statusAt(place);
      const until = status === WAITING ? dueAt(place) - nowMs : 0;
      const out = status === LEASED ? deliveries.get(deliveryAt(place)) : '-';
      const over = expiresAt(place) > 0 && status !== DEAD ? expiresAt(place) - nowMs : '-';
      const away = Math.max(0, positionAt(place) - world.durable);
      yield `${sequenceAt(place)}:${status} ${failedAt(place)} ${returnedAt(place)} ${until} ${out} ${over} ${away}`;
    }
  }
}

function* volatileHalf(telling: Telling): Generator<Told> {
  const { world, sessions } = telling;
  const { state, nowMs, highestDelivery } = world;
  yield `${world.dueMs <= nowMs} ids ${state.nextDelivery > highestDelivery} ${state.deliveryIdsDurable > state.nextDelivery}`;
  for (const session of state.sessions.values()) {
    const { id, peer, acks, inflight, handingOver, credit, blocked, graceUntilMs, windowMessages } = session;
    const grace = Number.isFinite(graceUntilMs) ? graceUntilMs - nowMs : '-';
    yield `${sessions.of(id)} ${peerName(world, peer)} ${acks} ${windowMessages} ${inflight} ${handingOver} ${credit} ${blocked} ${grace}`;
  }
  for (const queue of state.queues.values()) yield* volatileQueue(telling, queue);
  for (const queue of state.dirty) yield `dirty${queue.id}`;
  for (const [queue, position] of world.notDurable) yield `after${queue.id} ${position - world.durable}`;
  for (const { sequence } of state.overdue) yield `overdue${sequence}`;
  for (const session of state.waitingSessions) yield `waits${sessions.of(session.id)}`;
  for (const heap of [state.retries, state.expiries]) {
    const items = [...heap].map(({ atMs, sequence }) => `${atMs - nowMs}/${sequence}`);
    yield `heap ${items.sort().join(',')}`;
  }
  for (const [producer, peer] of state.producerPeer) yield `speaks${producer} ${peerName(world, peer)}`;
}

function* volatileQueue({ sessions }: Telling, queue: Queue): Generator<Told> {
  const { consumers, turn, again, entries, unreadable } = queue;
  yield `turn ${turn >= consumers.length ? 0 : turn}`;
  for (const session of consumers) yield `c${sessions.of(session.id)}`;
  yield `again ${[...again.items].sort(byNumber).join(',')} bad ${[...unreadable].join(',')}`;
  for (const place of entries.places()) yield entries.passed(sequenceAt(place));
}

const peerName = ({ producers, consumers }: SmallWorld, peer: PeerId | null): string =>
  peer === null ? '-' : ([...producers, ...consumers].find((client) => client.peer === peer)?.name ?? 'gone');

function* gateOf(telling: Telling): Generator<Told> {
  const { world } = telling;
  for (const { effect, position } of world.held)
    yield `held ${position - world.durable} ${peerName(world, effect.peer)} ${effectText(telling, effect)}`;
}

function effectText({ world, deliveries }: Telling, effect: Effect): string {
  switch (effect.type) {
    case 'published':
      return `published ${effect.first} ${effect.count} ${effect.duplicates.join()} ${effect.refusals.map(({ index }) => index).join()}`;
    case 'deliver':
      return `deliver ${deliveries.get(effect.firstDelivery)} ${[...effect.entries].map(({ sequence }) => sequence).join()}`;
    case 'acked':
      return `acked ${effect.request} ${effect.refused.map(({ code }) => code).join()}`;
    case 'registered':
      return `registered ${effect.token !== null}`;
    default:
      return `${effect.type} ${effect.peer === null ? '' : peerName(world, effect.peer)}`;
  }
}

function* clientsOf({ world, deliveries }: Telling): Generator<Told> {
  for (const { known, connected, saysHello } of world.producers) yield `${known.join()} ${connected} ${saysHello}`;
  for (const { isHere, wasHere, tokenHash, hand, lost } of world.consumers) {
    const held = hand.map(({ delivery, sequence }) => `${deliveries.get(delivery)}:${sequence}`).join();
    const gone = world.confusionsLeft > 0 && lost !== null ? `${deliveries.get(lost.delivery)}:${lost.sequence}` : '-';
    yield `${isHere} ${wasHere} ${tokenHash} ${held} ${gone}`;
  }
  yield `left ${world.crashesLeft} ${world.republishesLeft} ${world.confusionsLeft}`;
  // A history is told by its consequences: what was accepted as what, who has it, and how it ended.
  for (const [number, sequences] of world.history.accepts) yield `${number}=${sequences.join()}`;
  for (const [sequence, { end, dead }] of world.history.lives) yield `${sequence} ${dead} ${end?.how ?? ''}`;
  yield `done ${[...world.promisedDone].sort(byNumber).join()}`;
}
