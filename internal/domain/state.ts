// The broker's state. Its durable half is changed by evolve alone; what is marked volatile may also be moved by
// decide's callers (connections, credit, what to look at next) and is empty after a restart.

import type { ErrorCode } from '../../pkg/protocol/errors.ts';
import { DEFAULT_PRIORITIES, type Priorities } from './class-turns.ts';
import { type Calendar, NO_CALENDAR } from './cron.ts';
import { CronTable } from './cron-table.ts';
import type { Refusal } from './effect.ts';
import type { DeliveryId, PeerId, Position, ProducerId, QueueId, RouteId, Sequence, SessionId } from './ids.ts';
import { asDeliveryId, asProducerId, asQueueId, asRouteId, asSequence, asSessionId, NO_POSITION } from './ids.ts';
import { Inboxes } from './inboxes.ts';
import type { Job } from './job.ts';
import { LeaseTable } from './lease-table.ts';
import { CONTROL_ROOM_BYTES, DELIVERY_ID_BLOCK, type Limits, SETTLEMENT_BYTES } from './limits.ts';
import { NOT_LOADED, type Overload } from './overload.ts';
import type { Producer } from './producer.ts';
import { type Queue, queueKey } from './queue.ts';
import type { QueuePolicy } from './queue-policy.ts';
import type { Route } from './route.ts';
import type { RouteIndex } from './route-index.ts';
import { type JudgeBody, judgeNothing, type RegisteredSchema } from './schema.ts';
import type { Session } from './session.ts';
import { SteeredConsumers } from './steered-consumers.ts';
import { Buckets } from './throttles.ts';
import { TimeHeap } from './time-heap.ts';
import { TurnOrder } from './turn-order.ts';
import { Usages } from './usage.ts';

export interface Counters {
  /** Messages of publishes that were decided, whatever became of them. */
  ingress: number;
  published: number;
  duplicates: number;
  refused: number;
  unroutable: number;
  fanout: number;
  delivered: number;
  acked: number;
  nacked: number;
  retried: number;
  returned: number;
  timedOut: number;
  deadLettered: number;
  redriven: number;
  staleAcks: number;
  purged: number;
  /** Accepted with a time before which they are not given. */
  scheduled: number;
  /** Taken out because their time was over. */
  expired: number;
  /** Of those that were scheduled: taken out, and given another time, by operators. */
  cancelled: number;
  rescheduled: number;
  /** Messages of recurring schedules, and fires of which there is none: see `CronCounts`. */
  cronFired: number;
  cronSkipped: number;
  cronMissed: number;
  cronRefused: number;
  /** Accepted, and an answer is expected. */
  requests: number;
  /** To inboxes. */
  replies: number;
  noResponders: number;
  /** Replies for which nobody waited any more. */
  inboxGone: number;
  /** The broker waited for an answer in place of their senders, and none came in time. */
  requestTimeouts: number;
  /** Refused because of a quota, a throttle, or the broker's load. */
  quotaRefused: number;
  throttled: number;
  shed: number;
  /** Publishes that were held back because their producer would wait, by message. */
  heldBack: number;
  /** Times that a queue was asked for its next message and had nobody to give it to. */
  dispatchPaused: number;
  policyEvaluations: number;
}

/** Messages of one publish that were refused, and why the first of them was. */
export interface RefusedMessages {
  readonly peer: PeerId;
  readonly tenant: string;
  readonly messages: number;
  readonly first: Refusal;
  /** Of these, for a pressure that passes, by code. */
  readonly pressed: ReadonlyMap<ErrorCode, number>;
}

const noCounts = (): Counters => ({
  ingress: 0,
  published: 0,
  duplicates: 0,
  refused: 0,
  unroutable: 0,
  fanout: 0,
  delivered: 0,
  acked: 0,
  nacked: 0,
  retried: 0,
  returned: 0,
  timedOut: 0,
  deadLettered: 0,
  redriven: 0,
  staleAcks: 0,
  purged: 0,
  scheduled: 0,
  expired: 0,
  cancelled: 0,
  cronFired: 0,
  cronSkipped: 0,
  cronMissed: 0,
  cronRefused: 0,
  rescheduled: 0,
  requests: 0,
  replies: 0,
  noResponders: 0,
  inboxGone: 0,
  requestTimeouts: 0,
  quotaRefused: 0,
  throttled: 0,
  shed: 0,
  heldBack: 0,
  dispatchPaused: 0,
  policyEvaluations: 0,
});

export class State {
  readonly limits: Limits;
  /** What a queue gets that is declared without a policy of its own. */
  readonly defaultPolicy: QueuePolicy;
  /** Asked by decide only: what it tells stands in events. */
  readonly calendar: Calendar;
  readonly priorities: Priorities;

  // The durable half.
  epoch = 0;
  nextSequence: Sequence = asSequence(1);
  nextQueue: QueueId = asQueueId(1);
  nextRoute: RouteId = asRouteId(1);
  nextProducer: ProducerId = asProducerId(1);
  nextSession: SessionId = asSessionId(1);
  /** Ids below may be in use; a restart begins here. */
  reservedThrough: DeliveryId = asDeliveryId(1);
  readonly queues = new Map<QueueId, Queue>();
  readonly queuesByName = new Map<string, Queue>();
  readonly routes = new Map<RouteId, Route>();
  readonly routesOfQueue = new Map<QueueId, Set<RouteId>>();
  readonly routeIndex: RouteIndex;
  readonly producers = new Map<ProducerId, Producer>();
  readonly sessions = new Map<SessionId, Session>();
  readonly leases = new LeaseTable();
  /** Messages that wait for a time: for their next attempt, or for the first. */
  readonly retries = new TimeHeap();
  /** Messages that are worth nothing after a time. */
  readonly expiries = new TimeHeap();
  readonly imports = new Set<string>();
  nextJob = 1;
  readonly jobs = new Map<number, Job>();
  readonly drainingQueues = new Set<QueueId>();
  readonly schemas = new Map<string, RegisteredSchema>();
  /** Dead letters whose copies are not made yet. */
  readonly copiesOwed = new Map<QueueId, Set<Sequence>>();
  readonly crons = new CronTable();
  readonly steered = new SteeredConsumers();
  /** What lies in queues, by tenant and in all. */
  readonly usage = new Usages();
  deadLetters = 0;
  /** Of their blocks. */
  deadLetterBytes = 0;

  // The volatile half.
  nextDelivery: DeliveryId = asDeliveryId(1);
  /** Ids below are reserved on disk: only these may leave ungated. Told by the turn. */
  deliveryIdsDurable: DeliveryId = asDeliveryId(1);
  readonly inboxes = new Inboxes();
  readonly sessionByPeer = new Map<PeerId, Session>();
  /** Who speaks for a producer now: a publish from another connection is refused. */
  readonly producerPeer = new Map<ProducerId, PeerId>();
  readonly peerProducer = new Map<PeerId, ProducerId>();
  /** Position of the last operator's action: the audit log must have come so far before a checkpoint may. */
  lastAction: Position = NO_POSITION;
  /** Messages whose time is over, and that the next ticks take out. */
  readonly overdue: { readonly queue: Queue; readonly sequence: Sequence }[] = [];
  /** Position of the group of the event that evolve is applying. */
  applying: Position = NO_POSITION;
  /** Queues in which something may be dispatched. */
  readonly dirty = new TurnOrder();
  /** How full throttles are. */
  readonly buckets = new Buckets();
  /** Sessions that have had what they may have until a time. */
  readonly throttled = new Set<Session>();
  overload: Overload = NOT_LOADED;
  /** When a publish last met a bound, a throttle or the load. */
  pressedAtMs = Number.NEGATIVE_INFINITY;
  /** Sessions whose consumer is away, or whose fetch has an end. */
  readonly waitingSessions = new Set<Session>();
  readonly counters: Counters = noCounts();
  /** Set by the composition. */
  judgeBody: JudgeBody = judgeNothing;
  /** Who wants to know of refused messages: no event tells of them. */
  readonly holdListeners: ((tenant: string, messages: number) => void)[] = [];
  readonly refusalListeners: ((refused: RefusedMessages) => void)[] = [];
  /** Bytes that may be appended beyond the reserve, and the reserve; refreshed by the turn. */
  freeBytes = Number.POSITIVE_INFINITY;
  reserveBytes = Number.POSITIVE_INFINITY;
  /** The disk has no more to give; without it, short room is only a segment that is being prepared. */
  storageBlocked = false;
  draining = false;
  /** When idle queues and producers are looked for again. */
  nextSweepMs = 0;

  constructor(
    routeIndex: RouteIndex,
    limits: Limits,
    defaultPolicy: QueuePolicy,
    priorities: Priorities = DEFAULT_PRIORITIES,
    calendar: Calendar = NO_CALENDAR,
  ) {
    this.routeIndex = routeIndex;
    this.limits = limits;
    this.defaultPolicy = defaultPolicy;
    this.priorities = priorities;
    this.calendar = calendar;
  }

  queueNamed(tenant: string, name: string): Queue | undefined {
    return this.queuesByName.get(queueKey(tenant, name));
  }

  /** Something changed for these queues' consumers: look at them in this turn. */
  wake(queues: Iterable<Queue>): void {
    for (const queue of queues) if (queue.consumers.length > 0 && queue.ready > 0) this.dirty.add(queue);
  }

  /**
   * Leases that may be given. With only the reserve left, each needs room for its settlement there, beside the room
   * for the group that gives it.
   */
  get bookableLeases(): number {
    if (this.freeBytes > 0) return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.floor(this.reserveBytes / SETTLEMENT_BYTES) - 1 - this.leases.size);
  }

  /** Whether what is not a settlement may still write: on a full disk a part of the reserve is for settlements alone. */
  get hasControlRoom(): boolean {
    return !this.storageBlocked || this.reserveBytes - this.leases.size * SETTLEMENT_BYTES >= CONTROL_ROOM_BYTES;
  }

  /** Whether the next delivery ids must be reserved before `count` of them are used. */
  needsDeliveryIds(count: number): boolean {
    return this.nextDelivery + count > this.reservedThrough;
  }

  nextReservation(count: number): DeliveryId {
    return asDeliveryId(Math.max(this.reservedThrough, this.nextDelivery) + Math.max(DELIVERY_ID_BLOCK, count));
  }
}
