// Whoever tells of a message tells the same: `messages.trace`, `dlq.list` and the files of the journal agree on how often
// it was handed over, how many of these failed and how many came back, whatever happened to it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { anEngine, deliveries, type EngineFixture } from '../../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../../testing/fixtures/memory-transport.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import type { Copy } from './biography.ts';
import { Follower } from './follower.ts';
import { Names } from './names.ts';

const LEASE_MS = 1_000;
const ACTIONS = ['retryable', 'terminal', 'returned', 'timeout', 'ack', 'replay', 'into'] as const;
type Action = (typeof ACTIONS)[number];

interface Counts {
  readonly queue: string;
  readonly state: string;
  readonly deliveries: number | null;
  readonly failed: number | null;
  readonly returned: number | null;
}

async function aBroker() {
  const broker = await anEngine({
    policy: { attemptsMax: 3, returnsMax: 2, backoffInitialMs: 0, backoffJitter: 0, leaseMs: LEASE_MS },
  });
  const operator = broker.admin.connect();
  const result = (word: string, args: object) =>
    broker.operate(operator, word, args)['result'] as { readonly items: readonly Record<string, unknown>[] };
  result('queues.declare', { queue: 'q', patterns: ['a'] });
  result('queues.declare', { queue: 'r', patterns: [] });
  const producer = broker.router.connect();
  broker.say(producer, { type: 'hello', versions: [2], producer: true });
  const workers = ['q', 'r'].map((queue) => {
    const worker = broker.router.connect();
    broker.say(worker, { type: 'consumer.register', consumer_id: `of ${queue}`, queue, window: { messages: 1 } });
    return worker;
  });
  let number = 0;
  const publish = (messageId: string): void => {
    number += 1;
    producer.send(encodePublish(number, 1, [encodeBlock({ topic: 'a', messageId, body: new Uint8Array(9) })]));
    broker.settle();
  };
  let out: { worker: MemoryPeer; delivery_id: unknown } | null = null;
  const act = (id: string, action: Action): void => {
    const operated = { ids: [id], confirm: 'REPLAY', actor: 'ann', reason: '' };
    // One message is there at a time: what was handed over last is what is out, if anything is.
    for (const worker of workers) {
      const [delivery] = deliveries(worker).slice(-1);
      if (delivery !== undefined) out = { worker, delivery_id: delivery.meta['delivery_id'] };
    }
    if (action === 'timeout') broker.advance(LEASE_MS + 1);
    else if (action === 'replay') {
      for (const queue of ['q', 'r']) {
        broker.operate(operator, 'dlq.replay', { ...operated, queue, target_consumer: queue, target_topic: 'a' });
      }
    } else if (action === 'into') broker.operate(operator, 'dlq.replay', { ...operated, queue: 'q', to_queue: 'r' });
    else if (out !== null) {
      const { worker, delivery_id } = out;
      if (action === 'ack') broker.say(worker, { type: 'ack', delivery_id });
      else broker.say(worker, { type: 'nack', delivery_id, status: action, reason: action });
    }
    // Another attempt is due at once.
    broker.advance(1);
  };
  return { broker, result, publish, act };
}

function toldByJournal({ journal }: EngineFixture, id: string): readonly Copy[] {
  const names = new Names(new SimDisk());
  const follower = new Follower({ id, names, wants: () => true });
  for (const { event, placement } of journal.events) {
    const { position, offset, timeMs } = placement;
    const blocks = journal.groups[position - 1]?.bodies ?? null;
    const group = { position, timeMs, durableMark: 0, events: [], blocks, damaged: false };
    follower.begin(group);
    names.learn(event);
    follower.take(group, event, offset);
    names.forget(event);
  }
  follower.end();
  return follower.biographies.flatMap(({ queues }) => queues);
}

const GONE: readonly string[] = ['settled', 'moved'];

const byCopies = (copies: readonly Copy[]): Counts[] =>
  copies
    .filter(({ state }) => !GONE.includes(state))
    .map(({ queue, state, attempts, returned, deliveries: all }) => ({
      queue,
      state,
      deliveries: all,
      failed: attempts,
      returned,
    }));

const byItems = (items: readonly Record<string, unknown>[], state?: string): Counts[] =>
  items.map((item) => ({
    queue: String(item['queue']),
    state: state ?? String(item['state']),
    deliveries: Number(item['deliveries']),
    failed: Number(item['failed_deliveries']),
    returned: Number(item['returned']),
  }));

it('agrees on every story', async () => {
  const { broker, result, publish, act } = await aBroker();
  let stories = 0;
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ACTIONS), { maxLength: 14 }), (story) => {
      stories += 1;
      const id = `m${stories}`;
      publish(id);
      for (const action of story) {
        act(id, action);
        const held = byItems(result('messages.trace', { id }).items);
        const told = byCopies(toldByJournal(broker, id));
        // A retry that is due is handed over at once, or waits in the broker's memory alone.
        expect(told).toEqual(held);
        const dead = held.filter(({ state }) => state === 'dead_letter');
        expect(byItems(result('dlq.list', { ids: [id] }).items, 'dead_letter')).toEqual(dead);
        for (const { state } of held) seen.add(state);
      }
      // Out of the way of the next story.
      for (let left = 0; left < 9 && result('messages.trace', { id }).items.length > 0; left += 1) {
        for (const action of ['replay', 'ack'] as const) act(id, action);
      }
    }),
    { numRuns: 40, seed: 7 },
  );
  expect([...seen].sort()).toEqual(['dead_letter', 'leased']);
});

it('counts one that failed, came back and was refused for good as three hand-overs and two failures', async () => {
  const { broker, result, publish, act } = await aBroker();
  publish('m');
  for (const action of ['retryable', 'returned', 'terminal'] as const) act('m', action);
  const counts = [{ queue: 'q', state: 'dead_letter', deliveries: 3, failed: 2, returned: 1 }];
  expect(byItems(result('messages.trace', { id: 'm' }).items)).toEqual(counts);
  expect(byCopies(toldByJournal(broker, 'm'))).toEqual(counts);
});
