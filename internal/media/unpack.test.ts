// Large compressed bodies on their way to consumers of abtp/1 and to PUB, through a real sidecar: they arrive plain, whole
// and in order, nobody waits for another's body, and they arrive also when the sidecar does not.

import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, it, test } from 'vitest';
import { compressBlockLE } from '../../pkg/encoding/lz4.ts';
import { encodePublish } from '../../pkg/protocol/abtp2/publish.ts';
import { COMPRESSION_LZ4, encodeBlock } from '../../pkg/protocol/block.ts';
import { eventually } from '../testing/eventually.ts';
import { anEngine, type EngineFixture, wordOf } from '../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../testing/fixtures/memory-transport.ts';
import { SidecarWorld } from '../testing/sidecar/sidecar-world.ts';
import { FastPath, type FastPathRules } from './fast-path.ts';

const CUTOVER = 10_000;
const LARGE = 300_000;
const MIB = 1024 * 1024;

interface Facts {
  readonly delivery_id: string;
}

let world: SidecarWorld;
let fastPath: FastPath;
let broker: EngineFixture;

beforeEach(() => {
  world = new SidecarWorld();
});
afterEach(async () => {
  fastPath.close();
  await world.end();
});

async function started(rules: Partial<FastPathRules> = {}): Promise<void> {
  fastPath = new FastPath({
    sidecar: { socketPath: world.socketPath, timeoutMs: 15_000 },
    cutoverBytes: CUTOVER,
    require: false,
    fallbackToLocal: true,
    ...rules,
  });
  broker = await anEngine({ fastPath });
  broker.operate(broker.admin.connect(), 'queues.declare', { queue: 'q', patterns: ['a'], lease_ms: 60_000 });
}

const bodyOf = (n: number, length: number): Buffer => Buffer.alloc(length, `body ${n}, that repeats itself; `);

/** As a client does that compresses end to end. */
function publish(n: number, length: number, topic = 'a'): void {
  const producer = broker.router.connect();
  broker.say(producer, { type: 'hello', versions: [2] });
  const body = compressBlockLE(bodyOf(n, length));
  const block = encodeBlock({ topic, messageId: `m-${n}`, compression: COMPRESSION_LZ4, body });
  producer.send(encodePublish(0, 1, [block]));
  broker.settle();
}

function consumer(name: string, queue = 'q'): MemoryPeer {
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello' });
  broker.say(peer, { type: 'consumer.register', consumer_id: name, queue, window: { messages: 100 } });
  return peer;
}

/** What a consumer got so far, and the words among it. */
class Reader {
  readonly got: string[] = [];
  readonly #peer: MemoryPeer;

  constructor(peer: MemoryPeer) {
    this.#peer = peer;
  }

  read(): readonly string[] {
    broker.settle();
    for (const frames of this.#peer.take()) {
      const word = wordOf(frames);
      if (word !== null) this.got.push(word.type);
      else {
        const body = frames[2] ?? new Uint8Array();
        const n = Number(/^body (\d+)/.exec(Buffer.from(body.subarray(0, 20)).toString())?.[1] ?? Number.NaN);
        this.got.push(bodyOf(n, body.length).equals(body) ? `${n} of ${body.length}` : 'damaged');
      }
    }
    return this.got;
  }
}

it('a consumer of plain bodies gets large and small ones in order, and the large ones from the sidecar', async () => {
  await world.start();
  await started();
  const reader = new Reader(consumer('c'));
  reader.read();
  reader.got.length = 0;
  for (let n = 0; n < 12; n += 1) publish(n, n % 3 === 0 ? LARGE : 100 + n);
  await eventually('all are there', () => reader.read().length === 12);
  expect(reader.got).toEqual(Array.from({ length: 12 }, (_, n) => `${n} of ${n % 3 === 0 ? LARGE : 100 + n}`));
  expect(fastPath.status).toMatchObject({ bySidecar: 4, fellBack: 0 });
});

it('what else a consumer is told waits its turn, and another consumer waits for nothing', async () => {
  await world.start();
  await started();
  broker.operate(broker.admin.connect(), 'queues.declare', { queue: 'r', patterns: ['b'] });
  const peer = consumer('c');
  const reader = new Reader(peer);
  const other = new Reader(consumer('d', 'r'));
  for (const one of [reader, other]) one.read();
  reader.got.length = 0;
  other.got.length = 0;
  publish(1, LARGE);
  publish(2, 50, 'b');
  // Asked while the body of its delivery is away.
  broker.say(peer, { type: 'consumer.deregister' });
  expect(other.read()).toEqual(['2 of 50']);
  expect(reader.got).toEqual([]);
  await eventually('both are there', () => reader.read().length === 2);
  expect(reader.got).toEqual([`1 of ${LARGE}`, 'consumer.deregistered']);
});

it('a body is made plain in the broker where the sidecar is not there, whatever the rule for what comes in', async () => {
  await started({ require: true });
  const reader = new Reader(consumer('c'));
  reader.read();
  reader.got.length = 0;
  publish(1, LARGE);
  await eventually('it is there', () => reader.read().length === 1);
  expect(reader.got).toEqual([`1 of ${LARGE}`]);
});

it('a consumer that leaves while its body is away gets nothing more, and its message goes to another', async () => {
  await world.start();
  await started();
  const first = consumer('c');
  publish(7, LARGE);
  first.left = true;
  const second = new Reader(consumer('d'));
  second.read();
  second.got.length = 0;
  await eventually('it is there', () => {
    broker.advance(1);
    return second.read().includes(`7 of ${LARGE}`);
  });
  expect(first.take()).not.toContainEqual(expect.arrayContaining([expect.objectContaining({ length: LARGE })]));
});

test('PUB gets large bodies plain, in order with the small ones', async () => {
  await world.start();
  await started();
  broker.operate(broker.admin.connect(), 'routes.add', { pattern: 'news', route_type: 'fanout' });
  for (let n = 0; n < 6; n += 1) publish(n, n % 2 === 0 ? LARGE : 60, 'news');
  await eventually('all left', () => {
    broker.advance(10);
    return broker.pub.published.length === 6;
  });
  const ids = broker.pub.published.map(
    (frames) => (JSON.parse(Buffer.from(frames[1] ?? []).toString()) as { ID: string }).ID,
  );
  expect(ids).toEqual(['m-0', 'm-1', 'm-2', 'm-3', 'm-4', 'm-5']);
  expect(fastPath.status.bySidecar).toBe(3);
});

it('a consumer holds no more plain bytes than its window and one body, however small they were packed', async () => {
  await started({ sidecar: null });
  for (let n = 0; n < 20; n += 1) publish(n, LARGE);
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello' });
  broker.say(peer, { type: 'consumer.register', consumer_id: 'c', queue: 'q', window: { messages: 100, bytes: MIB } });
  const queue = (): Record<string, number> =>
    broker.operate(broker.admin.connect(), 'queues.show', { queue: 'q' })['result'] as Record<string, number>;
  // Four of 300,000 bytes are beyond a MiB, three are not.
  expect(queue()).toMatchObject({ depth: 20, leased: 4 });
  let acked = 0;
  await eventually('all came and were acked', () => {
    broker.settle();
    for (const frames of peer.take()) {
      const facts = wordOf(frames) === null ? (JSON.parse(Buffer.from(frames.at(-1) ?? []).toString()) as Facts) : null;
      if (facts === null) continue;
      acked += 1;
      expect(queue()['leased']).toBeLessThanOrEqual(4);
      broker.say(peer, { type: 'ack', delivery_id: facts.delivery_id });
    }
    return acked === 20;
  });
  expect(queue()).toMatchObject({ depth: 0, leased: 0 });
});

it('for a consumer that does not ack, nothing is settled behind a body that is away, and what it costs is counted', async () => {
  // It takes calls and answers none.
  const mute = createServer((socket) => void socket.on('error', () => undefined));
  await new Promise<void>((resolve) => mute.listen(world.socketPath, resolve));
  await started();
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello' });
  const capabilities = { supports_ack: false };
  broker.say(peer, {
    type: 'consumer.register',
    consumer_id: 'c',
    queue: 'q',
    capabilities,
    window: { messages: 3 },
  });
  for (let n = 0; n < 50; n += 1) publish(n, n === 0 ? LARGE : 100);
  const shown = broker.operate(broker.admin.connect(), 'queues.show', { queue: 'q' })['result'];
  expect(shown).toMatchObject({ depth: 49 });
  peer.left = true;
  broker.engine.desks[0]?.abandon();
  expect(broker.counters().lostAtHandOver).toBe(1);
  mute.close();
});
