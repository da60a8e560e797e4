// The desks over real sockets: what a test transport might have promised too much.

import { afterEach, describe, expect, it } from 'vitest';
import { Dealer, Request } from 'zeromq';
import { decompressBlockBE } from '../../pkg/encoding/lz4.ts';
import { PubTransport } from '../delivery/libzmq/pub-transport.ts';
import { RouterTransport } from '../delivery/libzmq/router-transport.ts';
import { NO_CALENDAR } from '../domain/cron.ts';
import { MemoryCheckpointStore } from '../repository/checkpoint/memory-checkpoint-store.ts';
import { MemoryAuditStore } from '../repository/memory/memory-audit-store.ts';
import { MemoryJournal } from '../repository/memory/memory-journal.ts';
import { RadixRouteIndex } from '../repository/routes/radix-route-index.ts';
import { eventually } from '../testing/eventually.ts';
import { PLAIN_SETTINGS } from '../testing/fixtures/an-engine.ts';
import { Engine } from './engine.ts';
import { importCommand } from './import-files.ts';
import { systemChance, systemClock, systemHash, systemSoon, systemTimers } from './node-world.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aBroker(): Promise<{ engine: Engine; address: string }> {
  const router = new RouterTransport({ address: 'tcp://127.0.0.1:*', backlogBytesMax: 64 * 1024 });
  const journal = new MemoryJournal({ timers: systemTimers, bytesMax: 64 * 1024 * 1024 });
  const engine = new Engine({
    world: {
      clock: systemClock,
      timers: systemTimers,
      soon: systemSoon,
      chance: systemChance,
      calendar: NO_CALENDAR,
      hash: systemHash,
      observe: () => undefined,
      openJournal: () => ({
        lastTimeMs: 0,
        replay: () => undefined,
        retain: (position, bytes) => journal.retain(position, bytes),
        release: (position, bytes) => journal.release(position, bytes),
        start: () => journal,
      }),
      checkpoints: new MemoryCheckpointStore(),
      audit: new MemoryAuditStore(),
      router,
      pub: new PubTransport({ address: 'tcp://127.0.0.1:*' }),
      admin: null,
      decompressBE: decompressBlockBE,
      decompress: () => null,
      fail: (error) => {
        throw error;
      },
    },
    routeIndex: new RadixRouteIndex(),
    settings: PLAIN_SETTINGS,
    about: () => ({}),
    importFile: (kind, path, request) => importCommand(kind, path, request, 8 * 1024 * 1024),
  });
  closing.push(() => engine.stop(0));
  await engine.start();
  return { engine, address: router.address };
}

function dealer(address: string, routingId?: string): Dealer {
  const socket = new Dealer({ linger: 0, ...(routingId === undefined ? {} : { routingId }) });
  socket.connect(address);
  closing.push(() => socket.close());
  return socket;
}

const say = (socket: Dealer, word: object) => socket.send(['_control', JSON.stringify(word)]);
const hear = async (socket: Dealer): Promise<Record<string, unknown>> =>
  JSON.parse(String((await socket.receive())[2]));

describe('a broker on real sockets', () => {
  it('answers a REQ once for each publish, a confirm or an error', async () => {
    const { address } = await aBroker();
    const consumer = dealer(address);
    await say(consumer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
    expect(await hear(consumer)).toMatchObject({ type: 'consumer.registered' });
    const request = new Request({ linger: 0 });
    request.connect(address);
    closing.push(() => request.close());
    for (const [topic, expected] of [
      ['a', 'publish.confirmed'],
      ['nowhere', 'error'],
      ['a', 'publish.confirmed'],
    ] as const) {
      await request.send([topic, 'x']);
      const [control, reply] = await request.receive();
      expect([String(control), JSON.parse(String(reply)).type]).toEqual(['_control', expected]);
    }
    expect(String((await consumer.receive())[1])).toBe('a');
  });

  it('finds a consumer gone with its next send, and gives its messages to another', async () => {
    const { engine, address } = await aBroker();
    const first = new Dealer({ linger: 0 });
    first.connect(address);
    await say(first, { type: 'consumer.register', consumer_id: 'one', subscriptions: ['a'] });
    await hear(first);
    const producer = dealer(address);
    await producer.send(['a', 'x']);
    await first.receive();
    first.close();
    const second = dealer(address);
    await say(second, { type: 'consumer.register', consumer_id: 'two', subscriptions: ['a'] });
    await hear(second);
    await eventually('the first consumer is found gone', async () => {
      await producer.send(['a', 'y']);
      return engine.state.sessions.size === 1;
    });
    const bodies = new Set<string>();
    await eventually('the other has it all', async () => {
      bodies.add(String((await second.receive())[2]));
      return [...bodies].some((body) => body.includes(Buffer.from('x').toString('base64')));
    });
  });

  it('begins clean with a process that comes again under the same routing id', async () => {
    const { engine, address } = await aBroker();
    const before = new Dealer({ linger: 0, routingId: 'fixed' });
    before.connect(address);
    await say(before, { type: 'hello', producer: true });
    await hear(before);
    await say(before, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
    await hear(before);
    await dealer(address).send(['a', 'x']);
    await before.receive();
    before.close();
    await eventually('the connection is free again', async () => {
      const after = dealer(address, 'fixed');
      after.receiveTimeout = 200;
      await say(after, { type: 'hello' });
      return (await hear(after))['type'] === 'hello.ok';
    });
    await eventually('nothing is left of the other', () => engine.state.leases.size === 0);
    expect([engine.state.sessions.size, engine.state.peerProducer.size]).toEqual([0, 0]);
  });

  it('goes on for others while one floods it with nonsense and never reads', async () => {
    const { engine, address } = await aBroker();
    const flood = new Dealer({ linger: 0, receiveHighWaterMark: 1 });
    flood.connect(address);
    closing.push(() => flood.close());
    const consumer = dealer(address);
    await say(consumer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
    await hear(consumer);
    for (let i = 0; i < 20_000; i += 1) await flood.send(['a b', 'x'.repeat(20)]);
    await consumer.send(['', 'a', 'x']);
    const seen = [String((await consumer.receive())[1]), String((await consumer.receive())[1])];
    expect(seen.sort()).toEqual(['_control', 'a']);
    await eventually('every one is counted', () => engine.desks[0]?.refusedByCode.get('INVALID_TOPIC') === 20_000);
    for (const { outbox } of engine.desks[0]?.peers.values() ?? []) expect(outbox.bytes).toBeLessThanOrEqual(65_536);
  });
});
