// Hello: versions, limits, producers that open and come back, and a second hello on one connection.

import { describe, expect, it } from 'vitest';
import { encodeControlPacket, encodeHeartbeat } from '../../../pkg/protocol/abtp2/flow.ts';
import { WIRE_LIMITS } from '../../../pkg/protocol/limits.ts';
import { anEngine, deliveries, wordOf, words } from '../../testing/fixtures/an-engine.ts';

describe('a hello', () => {
  it('is told the version, the limits and the heartbeat', async () => {
    const broker = await anEngine();
    const peer = broker.router.connect();
    const [ok] = broker.say(peer, { type: 'hello', client: 'test/1' });
    expect(ok).toMatchObject({ type: 'hello.ok', version: 1, server: 'tachyon/test', heartbeat_ms: 5_000 });
    expect(ok).not.toHaveProperty('producer');
    expect(Object.keys(ok?.['limits'] as object)).toEqual(Object.keys(WIRE_LIMITS));
  });

  it('tells the body limit of this broker', async () => {
    const broker = await anEngine({ settings: { messageBytesMax: 1_000 } });
    const [ok] = broker.say(broker.router.connect(), { type: 'hello' });
    expect(ok).toMatchObject({ limits: { body_bytes: 1_000 } });
  });

  it('agrees on the highest common version, and is answered in it', async () => {
    const broker = await anEngine();
    const peer = broker.router.connect();
    peer.say({ type: 'hello', versions: [1, 2, 9] });
    broker.settle();
    const [frames] = peer.take();
    expect(frames).toHaveLength(1);
    expect(wordOf(frames ?? [])).toMatchObject({ type: 'hello.ok', version: 2 });
  });

  it('of versions that are not spoken here is refused, and changes nothing', async () => {
    const broker = await anEngine();
    const peer = broker.router.connect();
    expect(broker.say(peer, { type: 'hello', versions: [3, 4] })).toMatchObject([{ code: 'UNSUPPORTED_VERSION' }]);
    expect(broker.wirePeer(peer).greeting).toBeNull();
  });

  it('may come as a packet only from who speaks packets already', async () => {
    const broker = await anEngine();
    const peer = broker.router.connect();
    const hello = new TextEncoder().encode(JSON.stringify({ type: 'hello', versions: [2] }));
    expect(broker.ask(peer, encodeControlPacket(hello))).toMatchObject([{ code: 'HELLO_REQUIRED' }]);
    broker.say(peer, { type: 'hello', versions: [2] });
    expect(broker.ask(peer, encodeHeartbeat())).toEqual([]);
  });
});

describe('a producer', () => {
  async function withProducer() {
    const broker = await anEngine();
    const operator = broker.admin.connect();
    broker.operate(operator, 'queues.declare', { queue: 'q', patterns: ['a.>'] });
    const peer = broker.router.connect();
    const [ok] = broker.say(peer, { type: 'hello', producer: true });
    const grant = (ok as unknown as { producer: { id: string; token: string; epoch: number; last_sequence?: number } })
      .producer;
    return { broker, peer, grant };
  }

  it('is granted with a secret, and confirmed in runs by default', async () => {
    const { broker, peer, grant } = await withProducer();
    expect(grant).toMatchObject({ epoch: 1, window: 16_384 });
    expect(grant.token).toMatch(/^[0-9a-f]{64}$/);
    expect(broker.ask(peer, 'a.b', 'x')).toMatchObject([{ type: 'publish.confirmed', through_sequence: 1 }]);
  });

  it('comes back with its token, its epoch grown, and is told its last sequence', async () => {
    const { broker, peer, grant } = await withProducer();
    broker.ask(peer, 'a.b', 'x');
    const again = broker.router.connect();
    const { id, token } = grant;
    expect(broker.say(again, { type: 'hello', producer: { id, token } })).toMatchObject([
      { type: 'hello.ok', producer: { id, token, epoch: 2, last_sequence: 1 } },
    ]);
    expect(broker.ask(again, 'a.b', 'y')).toMatchObject([{ through_sequence: 2 }]);
    expect(broker.ask(peer, 'a.b', 'z')).toMatchObject([
      { type: 'publish.confirmed', exceptions: [{ sequence: 2, code: 'UNKNOWN_PRODUCER' }] },
    ]);
  });

  it('is not given to who does not know its token', async () => {
    const { broker, grant } = await withProducer();
    const thief = broker.router.connect();
    const replies = broker.say(thief, { type: 'hello', producer: { id: grant.id, token: 'guess' } });
    expect(replies).toMatchObject([{ code: 'UNKNOWN_PRODUCER' }]);
    expect(broker.wirePeer(thief).greeting).toBeNull();
  });

  it('publishes nothing before it is granted: what would be counted twice is refused', async () => {
    const { broker } = await withProducer();
    const peer = broker.router.connect();
    peer.say({ type: 'hello', producer: true });
    peer.send('a.b', 'too early');
    broker.settle();
    expect(words(peer)).toMatchObject([{ code: 'HELLO_REQUIRED' }, { type: 'hello.ok' }]);
    expect(broker.ask(peer, 'a.b', 'x')).toMatchObject([{ through_sequence: 1 }]);
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBe(1);
  });
});

describe('a second hello on a connection', () => {
  it('begins anew: the session and the producer of before are gone, as if the connection had been', async () => {
    const broker = await anEngine();
    const peer = broker.router.connect();
    broker.say(peer, { type: 'hello', producer: true });
    broker.say(peer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
    broker.ask(peer, 'a', 'x');
    expect(deliveries(peer)).toHaveLength(1);
    expect(broker.engine.state.leases.size).toBe(1);
    const replies = broker.say(peer, { type: 'hello' });
    expect(replies).toMatchObject([{ type: 'hello.ok' }]);
    const { state } = broker.engine;
    expect([state.leases.size, state.sessions.size, state.peerProducer.size]).toEqual([0, 0, 0]);
    broker.say(peer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a'] });
    expect(deliveries(peer)).toMatchObject([{ body: 'x', meta: { returned: 1 } }]);
  });

  it('leaves no confirm of before that could be taken for one of after', async () => {
    const broker = await anEngine();
    broker.operate(broker.admin.connect(), 'queues.declare', { queue: 'q', patterns: ['a'] });
    const peer = broker.router.connect();
    broker.say(peer, { type: 'hello', confirm: true });
    broker.syncs = false;
    for (let i = 0; i < 5; i += 1) peer.send('a', 'x');
    peer.say({ type: 'hello', confirm: true });
    broker.settle();
    broker.syncs = true;
    broker.settle();
    expect(words(peer)).toMatchObject([{ type: 'hello.ok' }]);
    expect(broker.ask(peer, 'a', 'y')).toMatchObject([{ through_sequence: 1 }]);
  });
});
