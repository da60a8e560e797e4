// Heartbeats, silence, goodbyes and connections that break.

import { describe, expect, it } from 'vitest';
import { compressBlockBE } from '../../../pkg/encoding/lz4.ts';
import { encodeHeartbeat } from '../../../pkg/protocol/abtp2/flow.ts';
import { anEngine, deliveries, packets, words } from '../../testing/fixtures/an-engine.ts';

const BOUND_MS = 25_000;
const json = (word: object): Uint8Array => new TextEncoder().encode(JSON.stringify(word));

async function aConsumer(hello: object | null, setup: Parameters<typeof anEngine>[0] = {}) {
  const broker = await anEngine({ policy: { leaseMs: 600_000 }, ...setup });
  const peer = broker.router.connect();
  if (hello !== null) broker.say(peer, { type: 'hello', ...hello });
  broker.say(peer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
  broker.ask(broker.router.connect(), 'a', 'x', { message_id: 'm' });
  return { broker, peer, given: deliveries(peer)[0] };
}

describe('a peer with hello that falls silent', () => {
  it('ends after its misses, is told so, and its leases return', async () => {
    const { broker, peer } = await aConsumer({});
    broker.advance(BOUND_MS);
    expect(broker.engine.state.leases.size).toBe(1);
    broker.advance(200);
    expect(words(peer).filter(({ type }) => type === 'error')).toMatchObject([{ code: 'SESSION_EXPIRED' }]);
    expect([broker.engine.state.leases.size, broker.engine.state.sessions.size]).toEqual([0, 0]);
    expect(broker.counters().silentPeers).toBe(1);
    expect(broker.router.dropped).toHaveLength(1);
  });

  it.each([
    ['a heartbeat', { type: 'heartbeat' }],
    ['a consumer heartbeat', { type: 'consumer.heartbeat', consumer_id: 'c' }],
    ['anything, even nonsense', { type: 'nonsense' }],
  ])('does not end while it says %s', async (_what, word) => {
    const { broker, peer } = await aConsumer({});
    for (let i = 0; i < 20; i += 1) {
      broker.advance(4_000);
      broker.say(peer, word);
    }
    expect(broker.engine.state.sessions.size).toBe(1);
  });

  it('does not end before a lease that it extended, by its own measure or by that of the queue', async () => {
    for (const [extend, busyMs] of [
      [{ extend_ms: 120_000 }, 120_000],
      [{}, 600_000],
    ] as const) {
      const { broker, peer, given } = await aConsumer({});
      broker.say(peer, { type: 'extend', delivery_id: given?.meta['delivery_id'], ...extend });
      broker.advance(busyMs - 1_000);
      expect(broker.engine.state.sessions.size).toBe(1);
      broker.advance(30_000);
      expect(broker.engine.state.sessions.size).toBe(0);
    }
  });

  it('does not end for reading nothing either, while the lease that it extended lasts', async () => {
    const { broker, peer, given } = await aConsumer({});
    broker.say(peer, { type: 'extend', delivery_id: given?.meta['delivery_id'], extend_ms: 120_000 });
    peer.stopReading(1);
    broker.advance(119_000);
    expect(broker.wirePeer(peer).outbox.full).toBe(true);
    expect(broker.engine.state.sessions.size).toBe(1);
    broker.advance(30_000);
    expect(broker.engine.state.sessions.size).toBe(0);
  });

  it('hears from the broker in every interval', async () => {
    const { broker, peer } = await aConsumer({});
    for (let i = 0; i < 4; i += 1) {
      broker.advance(5_100);
      expect(words(peer).map(({ type }) => type)).toEqual(['broker.heartbeat']);
      broker.say(peer, { type: 'heartbeat' });
    }
    const binary = broker.router.connect();
    broker.say(binary, { type: 'hello', versions: [2] });
    broker.advance(5_100);
    expect(packets(binary)).toMatchObject([{ type: 'heartbeat' }]);
    expect(broker.ask(binary, encodeHeartbeat())).toEqual([]);
  });

  it('comes back as a new peer: nothing of before is left', async () => {
    const { broker, peer } = await aConsumer({ producer: true });
    const before = peer.id;
    broker.advance(BOUND_MS + 200);
    peer.take();
    expect(broker.ask(peer, 'a', 'y', { confirm: true })).toMatchObject([{ type: 'publish.confirmed' }]);
    expect(peer.id).not.toBe(before);
    expect(broker.wirePeer(peer)).toMatchObject({ greeting: null, served: null, producer: 0 });
  });
});

describe('a peer without hello', () => {
  it('lives by its leases alone while it never sent a heartbeat', async () => {
    const { broker, peer } = await aConsumer(null);
    broker.advance(BOUND_MS * 4);
    expect(broker.engine.state.sessions.size).toBe(1);
    expect(words(peer)).toEqual([]);
  });

  it('ends by silence once it did', async () => {
    const { broker, peer } = await aConsumer(null);
    broker.say(peer, { type: 'consumer.heartbeat', consumer_id: 'c' });
    broker.advance(BOUND_MS + 200);
    expect(broker.engine.state.sessions.size).toBe(0);
    expect(words(peer)).toMatchObject([{ code: 'SESSION_EXPIRED' }]);
  });

  it('is forgotten after ten minutes without session or word', async () => {
    const broker = await anEngine();
    broker.ask(broker.router.connect(), 'nowhere', 'x');
    broker.advance(599_000);
    expect(broker.engine.desks[0]?.peers.size).toBe(1);
    broker.advance(2_000);
    expect(broker.engine.desks[0]?.peers.size).toBe(0);
  });

  it('may say its words compressed, in both forms, and hears them plain', async () => {
    const broker = await anEngine();
    for (const prefix of [[], ['']]) {
      const peer = broker.router.connect();
      const register = { type: 'consumer.register', consumer_id: `c${prefix.length}`, subscriptions: ['a'] };
      expect(broker.ask(peer, ...prefix, '_control', compressBlockBE(json(register)))).toMatchObject([
        { type: 'consumer.registered' },
      ]);
      expect(broker.ask(peer, ...prefix, '_control', json({ type: 'consumer.heartbeat' }))).toEqual([]);
    }
  });

  it('that says hello must say its words plain from then on', async () => {
    const broker = await anEngine();
    const peer = broker.router.connect();
    broker.say(peer, { type: 'hello' });
    expect(broker.ask(peer, '_control', compressBlockBE(json({ type: 'heartbeat' })))).toMatchObject([
      { code: 'MALFORMED_CONTROL' },
    ]);
  });
});

describe('a connection that breaks', () => {
  it('is found by the next send, and its leases return at once', async () => {
    const { broker, peer } = await aConsumer({});
    peer.leave();
    broker.advance(5_100);
    expect(broker.engine.state.sessions.size).toBe(0);
    expect(broker.engine.desks[0]?.peers.size).toBe(1);
  });

  it('is told by a message that the transport lost', async () => {
    const { broker, peer } = await aConsumer({});
    broker.router.fault(peer, 'send-lost');
    broker.settle();
    expect(broker.engine.state.leases.size).toBe(0);
    expect(broker.counters()).toMatchObject({ unsent: 1, lostAtHandOver: 0 });
  });
});

describe('a broker that shuts down', () => {
  it('says so to everybody who said hello, once, and refuses what is new', async () => {
    const broker = await anEngine();
    const [known, stranger] = [broker.router.connect(), broker.router.connect()];
    broker.say(known, { type: 'hello' });
    broker.ask(stranger, 'nowhere', 'x');
    broker.engine.drain(1_000);
    broker.engine.drain(1_000);
    broker.settle();
    expect(words(known)).toMatchObject([{ type: 'server.draining', reconnect_after_ms: 1_000 }]);
    expect(words(stranger)).toEqual([]);
    expect(broker.ask(stranger, '', 'a', 'x')).toMatchObject([{ code: 'DRAINING', retryable: true }]);
    expect(broker.say(stranger, { type: 'hello' })).toMatchObject([{ code: 'DRAINING' }]);
    expect(broker.say(stranger, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] })).toMatchObject([
      { code: 'DRAINING' },
    ]);
  });
});
