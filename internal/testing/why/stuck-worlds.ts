// Random states of a real broker in which a queue gives nothing: what producers, consumers, operators, disk and time may do,
// done in some order. One entry for each kind of thing that may stand in a message's way.

import { laneNumber } from '../../../pkg/protocol/partition-key.ts';
import { asDeliveryId, asPosition } from '../../domain/ids.ts';
import { NO_QUOTAS, type Quotas, UNBOUNDED } from '../../domain/quotas.ts';
import type { Session } from '../../domain/session.ts';
import { DEFAULT_THROTTLES, type ThrottleRule } from '../../domain/throttles.ts';
import {
  aBroker,
  ack,
  anOperatorRequest,
  type BrokerFixture,
  nack,
  peer,
  publish,
  register,
} from '../fixtures/a-broker.ts';
import { Random } from '../sim/random.ts';

export const QUEUE = 'q';
/** Its consumers may serve the other one, too. */
const QUEUES = [QUEUE, 'other'];
export const KEYS = ['k1', 'k2'];
const CONSUMERS = 3;
const BODY = 'a body that fills a small window';

export const sessionsOf = ({ state }: BrokerFixture): Session[] => [...state.sessions.values()];

type Happening = (broker: BrokerFixture, random: Random) => void;

const turn = (broker: BrokerFixture, random: Random, ...commands: Parameters<BrokerFixture['turn']>): void => {
  // The disk may be behind.
  if (random.bool(0.7)) broker.run(...commands);
  else broker.turn(...commands);
};

const steer = (broker: BrokerFixture, name: string, word: 'pause' | 'drain' | 'resume'): void =>
  void broker.run({ type: 'steer-queue', request: anOperatorRequest(), tenant: '', name, word });

function someDelivery(
  broker: BrokerFixture,
  random: Random,
): { from: Session['peer'] & number; delivery: number } | null {
  const held = sessionsOf(broker).flatMap((session) => session.leases());
  const lease = held.length === 0 ? undefined : random.pick(held);
  const from = lease?.session.peer ?? null;
  return lease === undefined || from === null ? null : { from, delivery: lease.delivery };
}

const somePeer = (random: Random) => peer(10 + random.int(CONSUMERS));
const topic = (random: Random): string => (random.bool(0.85) ? QUEUE : 'other');

const HAPPENINGS: Readonly<Record<string, Happening>> = {
  publish: (broker, random) =>
    turn(
      broker,
      random,
      publish({ of: Array.from({ length: 1 + random.int(3) }, () => ({ topic: topic(random), body: BODY })) }),
    ),
  'publish with times': (broker, random) => {
    const due = random.bool(0.7) ? { afterMs: 1 + random.int(5_000) } : null;
    const expiry = random.bool(0.5) ? { afterMs: 5_001 + random.int(5_000) } : null;
    turn(broker, random, publish({ of: [{ topic: topic(random), body: BODY, times: { due, expiry } }] }));
  },
  'publish with keys': (broker, random) => {
    const key = random.pick(KEYS);
    const traits = { priority: '', lane: laneNumber(key) };
    turn(
      broker,
      random,
      publish({ of: Array.from({ length: 2 }, () => ({ topic: topic(random), body: BODY, traits })) }),
    );
  },
  'steer a key': (broker, random) =>
    void broker.run({
      type: 'steer-key',
      request: anOperatorRequest(),
      tenant: '',
      name: QUEUE,
      key: random.pick(KEYS),
      word: random.pick(['pause', 'pause', 'resume']),
    }),
  register: (broker, random) => {
    const at = somePeer(random);
    turn(
      broker,
      random,
      register({
        peer: at,
        consumer: `consumer-${at}`,
        queue: topic(random),
        windowMessages: 1 + random.int(2),
        windowBytes: random.bool(0.3) ? 40 : 1_000_000,
        acks: random.bool(0.85),
        resumable: random.bool(0.3),
        pull: random.bool(0.25),
      }),
    );
  },
  fetch: (broker, random) =>
    turn(broker, random, { type: 'fetch', peer: somePeer(random), count: 1, waitMs: 1_000, request: null }),
  'peer-gone': (broker, random) => turn(broker, random, { type: 'peer-gone', peer: somePeer(random), cause: 'gone' }),
  'peer-blocked': (broker, random) =>
    turn(broker, random, { type: 'peer-blocked', peer: somePeer(random), blocked: random.bool(0.7) }),
  'steer a consumer': (broker, random) =>
    void broker.run({
      type: 'steer-consumer',
      request: anOperatorRequest(),
      tenant: '',
      consumer: `consumer-${somePeer(random)}`,
      word: random.pick(['pause', 'drain', 'resume']),
    }),
  ack: (broker, random) => {
    const held = someDelivery(broker, random);
    if (held !== null) turn(broker, random, ack(held.from, [asDeliveryId(held.delivery)]));
  },
  nack: (broker, random) => {
    const held = someDelivery(broker, random);
    const status = random.bool(0.7) ? 'retryable' : 'returned';
    if (held !== null) turn(broker, random, nack(held.from, asDeliveryId(held.delivery), status));
  },
  steer: (broker, random) => steer(broker, topic(random), random.pick(['pause', 'drain', 'resume'] as const)),
  'time passes': (broker, random) => void broker.advance(1 + random.int(3_000)),
  'disk at rest': (broker) => void broker.run(),
};

/** What is published while nothing is handed over is on the disk only. */
function awayFromMemory(broker: BrokerFixture, random: Random): void {
  steer(broker, QUEUE, 'pause');
  // In two groups: the messages of the second stand behind what is read for the first.
  for (let groups = 0; groups < 2; groups += 1) {
    HAPPENINGS['publish']?.(broker, random);
    broker.run();
  }
  broker.journal.forgottenThrough = broker.journal.last;
}

const resumeOneTurn = (broker: BrokerFixture): void =>
  void broker.turn({ type: 'steer-queue', request: anOperatorRequest(), tenant: '', name: QUEUE, word: 'resume' });

/** What may stand in the way besides; at most one of them, and last. */
const TROUBLES: Readonly<Record<string, Happening>> = {
  none: () => undefined,
  'full disk': (broker) => broker.journal.setRoom(0, 512),
  'bodies away': (broker, random) => {
    awayFromMemory(broker, random);
    resumeOneTurn(broker);
  },
  'bodies damaged': (broker, random) => {
    awayFromMemory(broker, random);
    const { journal } = broker;
    for (let position = 1; position <= journal.last; position += 1) journal.damaged.add(asPosition(position));
    resumeOneTurn(broker);
    broker.run();
  },
  'consumers away': (broker) => {
    broker.run(register({ peer: peer(30), consumer: 'idle', queue: QUEUE, windowMessages: 1_000 }));
    for (const session of sessionsOf(broker)) {
      if (session.resumable && session.peer !== null)
        broker.run({ type: 'peer-gone', peer: session.peer, cause: 'gone' });
    }
  },
  draining: (broker) => void broker.run({ type: 'drain' }),
  paused: (broker) => steer(broker, QUEUE, 'pause'),
};

const SLOW: ThrottleRule = {
  scope: 'consumer',
  match: '*',
  tenant: null,
  rate: { messages: 1, bytes: Number.POSITIVE_INFINITY, burstMs: 1_000 },
};

/** Some have a bound on what their consumers may hold, some a pace. */
function quotasOf(random: Random): Quotas {
  const bounds = random.bool(0.2) ? [['', { ...UNBOUNDED, inflight: 1 + random.int(2) }] as const] : [];
  const deliver = random.bool(0.2) ? [SLOW] : [];
  return { ...NO_QUOTAS, tenants: new Map(bounds), throttles: { ...DEFAULT_THROTTLES, deliver } };
}

const STEPS_MAX = 14;

/** A broker after some happenings; its queue may give something or not. */
export function aWorld(seed: number): BrokerFixture {
  const random = new Random(seed);
  const policies = { attemptsMax: 200, leaseMs: 60_000, returnsMax: 1_000 };
  const broker = aBroker({ seed, readCacheBytes: 0, policy: policies, limits: { quotas: quotasOf(random) } });
  const policy = random.bool(0.3) ? ({ order: 'key', poisoned: 'park', attemptsMax: 1 } as const) : {};
  for (const name of QUEUES) broker.declare(name, { policy });
  const happenings = Object.values(HAPPENINGS);
  const troubles = Object.values(TROUBLES);
  HAPPENINGS['publish']?.(broker, random);
  const steps = 1 + random.int(STEPS_MAX);
  for (let step = 0; step < steps; step += 1) random.pick(happenings)(broker, random);
  if (random.bool(0.5)) random.pick(troubles)(broker, random);
  // Who else might look, has looked: what is not given now waits for something.
  broker.turn();
  return broker;
}
