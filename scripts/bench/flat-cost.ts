// What a message costs in the core while very much else is there: published, handed over and acknowledged at a steady pace, beside so
// many messages in flight, queues, partition keys or sessions. No socket and no disk: what is left is what grows, or does not.
//
//   npx tsx scripts/bench/flat-cost.ts [--messages 100000] [--rounds 5] [--json]

import { pathToFileURL } from 'node:url';
import type { Command, Publish, PublishMessage, Register } from '../../internal/domain/command.ts';
import type { Deliver } from '../../internal/domain/effect.ts';
import { asDeliveryId, asPeerId, asQueueId, NO_PRODUCER, type PeerId } from '../../internal/domain/ids.ts';
import { DEFAULT_LIMITS } from '../../internal/domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../../internal/domain/queue-policy.ts';
import { State } from '../../internal/domain/state.ts';
import { MemoryJournal } from '../../internal/repository/memory/memory-journal.ts';
import { RadixRouteIndex } from '../../internal/repository/routes/radix-route-index.ts';
import { ManualTimers } from '../../internal/testing/journal/manual-timers.ts';
import { Random } from '../../internal/testing/sim/random.ts';
import { Broker } from '../../internal/usecase/broker.ts';
import { laneNumber } from '../../pkg/protocol/partition-key.ts';
import { countsOf, Report } from './one-broker/report.ts';

const BODY_BYTES = 100;
/** Messages of a turn. */
const BATCH = 256;
const WINDOW = 4_096;
const PRODUCER = asPeerId(1);
const WORKER = asPeerId(2);
const NOW_MS = 1_000_000;

/** What is there beside the messages that are timed: how many of what. */
export type Crowd = 'in flight' | 'queues' | 'keys' | 'sessions' | 'plain' | 'classes';

interface Bench {
  readonly broker: Broker;
  turn(...commands: Command[]): readonly Deliver[];
}

function aBench(): Bench {
  const timers = new ManualTimers();
  const limits = {
    ...DEFAULT_LIMITS,
    queuesMax: 1_000_000,
    sessionsMax: 1_000_000,
    windowMessagesMax: 10_000_000,
    windowBytesMax: 2 ** 40,
  };
  const state = new State(new RadixRouteIndex(), limits, { ...DEFAULT_QUEUE_POLICY, leaseMs: 3_600_000 });
  const broker = new Broker({
    state,
    journal: new MemoryJournal({ timers, bytesMax: 2 ** 40 }),
    chance: new Random(1),
    observe: () => undefined,
    readCacheBytes: 64 * 1024 * 1024,
    readChunkBytes: 256 * 1024,
    wake: () => undefined,
  });
  const turn = (...commands: Command[]): Deliver[] => {
    const leaving = [...broker.turn(commands, NOW_MS)];
    while (timers.ring());
    leaving.push(...broker.turn([], NOW_MS));
    return leaving.flatMap(({ effect }) => (effect.type === 'deliver' ? [effect] : []));
  };
  turn({ type: 'start' });
  return { broker, turn };
}

const SOURCE = new Uint8Array(BATCH * BODY_BYTES).fill(120);

function publish(topicOf: () => string, traitsOf: (index: number) => PublishMessage['traits']): Publish {
  const messages = Array.from({ length: BATCH }, (_, index): PublishMessage => {
    const start = index * BODY_BYTES;
    const traits = traitsOf(index);
    return {
      topic: topicOf(),
      start,
      end: start + BODY_BYTES,
      tail: null,
      mode: 'both',
      traits: traits ?? null,
      fault: null,
    };
  });
  return {
    type: 'publish',
    peer: PRODUCER,
    tenant: '',
    producer: NO_PRODUCER,
    firstSequence: 1,
    source: SOURCE,
    messages,
  };
}

const register = (peer: PeerId, queue: string, window: number): Register => ({
  type: 'register',
  peer,
  tenant: '',
  consumer: `consumer-${peer}`,
  queue,
  subscriptions: [queue],
  windowMessages: window,
  windowBytes: 2 ** 40,
  acks: true,
  plain: false,
  resumable: false,
  pull: false,
  tokenHash: null,
  fresh: { token: 't', hash: `h${peer}` },
});

/** Microseconds of CPU for each message, while the crowd is so large. */
export function costBeside(crowd: Crowd, size: number, count: number): number {
  const bench = aBench();
  const turn = (...commands: Command[]): readonly Deliver[] => bench.turn(...commands);
  const topicOf = (): string => 'work';
  let traitsOf = (_index: number): PublishMessage['traits'] => null;
  turn(register(WORKER, 'work', WINDOW));
  if (crowd === 'in flight') {
    turn(register(asPeerId(3), 'held', 10_000_000));
    for (let held = 0; held < size; held += BATCH)
      turn(
        publish(
          () => 'held',
          () => null,
        ),
      );
  } else if (crowd === 'queues') {
    for (let made = 0; made < size; made += 1)
      turn(register(asPeerId(10 + made), `queue-${made}`, 1), { type: 'deregister', peer: asPeerId(10 + made) });
  } else if (crowd === 'sessions') {
    for (let made = 0; made < size; made += 1) turn(register(asPeerId(10 + made), `queue-${made % 100}`, 1));
  } else if (crowd === 'keys') {
    // Each key has one message behind which others would wait, and those that are timed go over all of them in turn.
    const lanes = Array.from({ length: size }, (_, index) => laneNumber(`key-${index}`));
    let next = 0;
    traitsOf = () => {
      next = (next + 1) % size;
      return { priority: '', lane: lanes[next] as number };
    };
  } else if (crowd === 'classes') {
    const names = ['urgent', 'high', 'normal', 'low'];
    traitsOf = (index) => ({ priority: names[index % 4] as string, lane: 0 });
  }
  const run = (messages: number): number => {
    const before = process.cpuUsage();
    let acked = 0;
    while (acked < messages) {
      const given = turn(publish(topicOf, traitsOf));
      for (const { peer, firstDelivery, entries } of given) {
        if (peer !== WORKER) continue;
        const deliveries = Array.from({ length: entries.length }, (_, index) => asDeliveryId(firstDelivery + index));
        turn({ type: 'ack', peer, deliveries, request: null });
        acked += deliveries.length;
      }
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / acked;
  };
  run(Math.min(count, 50_000));
  const cost = run(count);
  if (bench.broker.state.queues.get(asQueueId(1)) === undefined) throw new Error('the queue is there');
  return cost;
}

const SIZES: Readonly<Record<Crowd, readonly number[]>> = {
  plain: [0],
  classes: [4],
  'in flight': [1_000, 10_000, 100_000, 1_000_000],
  queues: [1_000, 10_000, 100_000],
  keys: [1_000, 10_000, 100_000],
  sessions: [100, 1_000, 10_000],
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { counts, json } = countsOf({ messages: 100_000, rounds: 5 });
  const report = new Report('flat-cost.ts', json);
  const all: Record<string, number> = {};
  for (const [crowd, sizes] of Object.entries(SIZES) as [Crowd, readonly number[]][]) {
    for (const size of sizes) {
      const costs = Array.from({ length: counts.rounds }, () => costBeside(crowd, size, counts.messages));
      const median = costs.sort((a, b) => a - b)[costs.length >> 1] as number;
      all[`${crowd} ${size}`] = median;
      report.line(`${crowd} ${size}: ${median.toFixed(2)} µs of CPU for each message`);
    }
  }
  report.end(all);
}
