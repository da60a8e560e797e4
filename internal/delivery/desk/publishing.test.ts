// The publish forms of abtp/1: which are answered, with what, and what becomes of the body and the tenant.

import { describe, expect, it } from 'vitest';
import { compressBlockBE } from '../../../pkg/encoding/lz4.ts';
import { anEngine, deliveries, type EngineFixture, words } from '../../testing/fixtures/an-engine.ts';
import type { MemoryPeer } from '../../testing/fixtures/memory-transport.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A broker with a queue on `orders.>`, and somebody who publishes. */
async function orders(settings: NonNullable<Parameters<typeof anEngine>[0]> = {}) {
  const broker = await anEngine(settings);
  const operator = broker.admin.connect();
  broker.operate(operator, 'queues.declare', { queue: 'orders', patterns: ['orders.>'] });
  return { broker, operator, peer: broker.router.connect() };
}

const depth = (broker: EngineFixture): number => broker.engine.state.queueNamed('', 'orders')?.depth ?? -1;

describe('a publish in the short form', () => {
  it('is accepted without a word', async () => {
    const { broker, peer } = await orders();
    expect(broker.ask(peer, 'orders.created', 'one')).toEqual([]);
    expect(depth(broker)).toBe(1);
  });

  it('is answered when it is refused, with its message id', async () => {
    const { broker, peer } = await orders();
    expect(broker.ask(peer, 'nowhere', 'one', { message_id: 'm1' })).toMatchObject([
      { type: 'error', code: 'UNROUTABLE', message_id: 'm1', retryable: false },
    ]);
    expect(broker.refusals()).toEqual({ UNROUTABLE: 1 });
  });

  it('is confirmed when it asks for that', async () => {
    const { broker, peer } = await orders();
    expect(broker.ask(peer, 'orders.created', 'one', { message_id: 'm1', confirm: true })).toMatchObject([
      { type: 'publish.confirmed', message_id: 'm1', durability: 'disk' },
    ]);
  });
});

describe('a publish in the delimiter form', () => {
  it('gets exactly one reply: a confirm when it is durable, and not before', async () => {
    const { broker, peer } = await orders();
    broker.syncs = false;
    expect(broker.ask(peer, '', 'orders.created', 'one', { message_id: 'm1' })).toEqual([]);
    broker.syncs = true;
    broker.settle();
    const [confirm, ...more] = words(peer);
    expect(more).toEqual([]);
    expect(confirm).toMatchObject({ type: 'publish.confirmed', message_id: 'm1', durability: 'disk' });
    expect(confirm?.['position']).toBeGreaterThan(0);
    expect(confirm).not.toHaveProperty('through_sequence');
  });

  it.each([
    ['nowhere to go', ['', 'nowhere', 'x'], 'UNROUTABLE'],
    ['a wildcard in its topic', ['', 'orders.*', 'x'], 'INVALID_TOPIC'],
    ['a reserved topic', ['', '_system.x', 'x'], 'RESERVED_TOPIC'],
    ['options that are no JSON', ['', 'orders.a', 'x', '{'], 'MALFORMED_OPTIONS'],
    ['an option nobody knows', ['', 'orders.a', 'x', { prioriti: 1 }], 'MALFORMED_OPTIONS'],
    ['an option without effect yet', ['', 'orders.a', 'x', { idempotency_key: 'k' }], 'NOT_SUPPORTED'],
    ['times that exclude each other', ['', 'orders.a', 'x', { ttl_ms: 5, deadline_unix_ms: 5 }], 'INVALID_ARGUMENT'],
    ['a tenant of its own choice', ['', 'orders.a', 'x', { tenant_id: 'acme' }], 'TENANT_NOT_TRUSTED'],
    ['a sequence without a producer', ['', 'orders.a', 'x', { sequence: 1 }], 'HELLO_REQUIRED'],
    ['one frame too many', ['', 'orders.a', 'x', {}, 'y'], 'MALFORMED_FRAMES'],
  ] as const)('gets exactly one reply: an error for %s', async (_what, frames, code) => {
    const { broker, peer } = await orders();
    const replies = broker.ask(peer, ...frames);
    expect(replies).toMatchObject([{ type: 'error', code }]);
    expect(broker.refusals()).toEqual({ [code]: 1 });
    expect(depth(broker)).toBe(0);
  });

  it('is answered one by one even when many arrive at once, in the order of their confirms', async () => {
    const { broker, peer } = await orders();
    for (const id of ['a', 'b', 'c']) peer.send('', id === 'b' ? 'nowhere' : 'orders.x', 'body', { message_id: id });
    broker.settle();
    expect(words(peer)).toMatchObject([
      { type: 'publish.confirmed', message_id: 'a' },
      { type: 'error', code: 'UNROUTABLE', message_id: 'b' },
      { type: 'publish.confirmed', message_id: 'c' },
    ]);
  });

  it('is answered one by one for a producer too, duplicates included, beside the runs of its short publishes', async () => {
    const { broker, peer } = await orders();
    broker.say(peer, { type: 'hello', producer: true });
    peer.send('orders.x', 'one');
    peer.send('', 'orders.x', 'two', { message_id: 'two' });
    peer.send('', 'orders.x', 'two again', { message_id: 'again', sequence: 2 });
    peer.send('', 'nowhere', 'x', { message_id: 'lost' });
    peer.send('orders.x', 'four');
    broker.settle();
    const told = words(peer);
    expect(told.filter(({ message_id }) => message_id !== undefined)).toMatchObject([
      { type: 'publish.confirmed', message_id: 'two' },
      { type: 'publish.confirmed', message_id: 'again', duplicate: true },
      { type: 'error', code: 'UNROUTABLE', message_id: 'lost', sequence: 3 },
    ]);
    expect(told.at(-1)).toMatchObject({ through_sequence: 4 });
    expect(depth(broker)).toBe(3);
  });
});

describe('the form of a body', () => {
  async function arrives(frames: Parameters<MemoryPeer['send']>, form = 'frames') {
    const { broker, peer } = await orders();
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'hello' });
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', queue: 'orders', form });
    const replies = broker.ask(peer, ...frames);
    return { replies, deliveries: deliveries(consumer) };
  }

  it('is guessed for two frames of a peer without hello', async () => {
    const event = { ID: 'e1', Topic: 'elsewhere', Data: { n: 1 } };
    const { deliveries } = await arrives(['orders.a', event]);
    expect(deliveries).toMatchObject([{ topic: 'orders.a', meta: { form: 'event', message_id: 'e1' } }]);
  });

  it('is guessed through big-endian LZ4', async () => {
    const event = JSON.stringify({ ID: 'e1', Data: 'x'.repeat(400) });
    const { deliveries } = await arrives(['orders.a', compressBlockBE(encode(event))]);
    expect(deliveries).toMatchObject([{ body: event, meta: { form: 'event', message_id: 'e1' } }]);
  });

  it('is raw where options say nothing, whatever it looks like', async () => {
    const event = { ID: 'e1', Data: 1 };
    const { deliveries } = await arrives(['orders.a', event, {}]);
    expect(deliveries).toMatchObject([{ meta: { form: 'raw' } }]);
  });

  it('is what the options say', async () => {
    const { deliveries } = await arrives(['orders.a', { ID: 'e1', Data: 1 }, { form: 'event' }]);
    expect(deliveries).toMatchObject([{ meta: { form: 'event', message_id: 'e1' } }]);
  });

  it('is refused where it is not what it says', async () => {
    const { replies } = await arrives(['orders.a', '[1]', { form: 'envelope', message_id: 'm1' }]);
    expect(replies).toMatchObject([{ code: 'MALFORMED_BODY', message_id: 'm1' }]);
  });

  it('is not guessed when legacy bodies are off', async () => {
    const { broker, peer } = await orders({ settings: { legacyBodies: false } });
    broker.ask(peer, 'orders.a', { ID: 'e1', Data: 1 });
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'hello' });
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', queue: 'orders' });
    expect(deliveries(consumer)).toMatchObject([{ meta: { form: 'raw' } }]);
  });

  it('after hello is raw, or what the hello said', async () => {
    const { broker, peer } = await orders();
    broker.say(peer, { type: 'hello', body_form: 'event' });
    expect(broker.ask(peer, 'orders.a', 'no event')).toMatchObject([{ code: 'MALFORMED_BODY' }]);
    broker.say(peer, { type: 'hello' });
    expect(broker.ask(peer, 'orders.a', { ID: 'e1', Data: 1 })).toEqual([]);
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'hello' });
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', queue: 'orders' });
    expect(deliveries(consumer)).toMatchObject([{ meta: { form: 'raw' } }]);
  });

  it('may hold more about itself than a block has room for: it is refused, and nothing breaks', async () => {
    const { broker, peer } = await orders();
    const envelope = {
      spec_version: 'abtp/1',
      message_id: 'm1',
      producer_id: 'p',
      topic: 't',
      payload: 1,
      timestamp_unix_ms: 1,
      headers: { note: 'x'.repeat(100_000) },
    };
    expect(broker.ask(peer, '', 'orders.a', envelope)).toMatchObject([{ code: 'FRAME_TOO_LARGE', message_id: 'm1' }]);
    expect(broker.ask(peer, '', 'orders.a', 'next')).toMatchObject([{ type: 'publish.confirmed' }]);
  });

  it('may be as large as the limit says, and no larger', async () => {
    const { broker, peer } = await orders({ settings: { messageBytesMax: 1_000 } });
    expect(broker.ask(peer, '', 'orders.a', new Uint8Array(1_000), {})).toMatchObject([{ type: 'publish.confirmed' }]);
    expect(broker.ask(peer, '', 'orders.a', new Uint8Array(1_001), {})).toMatchObject([{ code: 'PAYLOAD_TOO_LARGE' }]);
  });
});

describe('a tenant named by a client', () => {
  it('is refused where clients are not trusted, in options, events and hellos alike', async () => {
    const { broker, peer } = await orders();
    expect(broker.ask(peer, 'orders.a', { ID: 'e1', Data: 1, tenant_id: 'acme' })).toMatchObject([
      { code: 'TENANT_NOT_TRUSTED', message_id: 'e1' },
    ]);
    expect(broker.say(peer, { type: 'hello', tenant_id: 'acme' })).toMatchObject([{ code: 'TENANT_NOT_TRUSTED' }]);
    expect(
      broker.say(peer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['x'], tenant_id: 'acme' }),
    ).toMatchObject([{ code: 'TENANT_NOT_TRUSTED' }]);
    expect(depth(broker)).toBe(0);
    expect(broker.engine.state.sessions.size).toBe(0);
  });

  it('counts where they are', async () => {
    const { broker, peer } = await orders({ settings: { trustTenants: true } });
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'hello', tenant_id: 'acme' });
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['orders.>'] });
    expect(broker.ask(peer, '', 'orders.a', 'theirs', { tenant_id: 'acme' })).toMatchObject([
      { type: 'publish.confirmed' },
    ]);
    expect(deliveries(consumer)).toMatchObject([{ body: 'theirs', meta: { tenant_id: 'acme' } }]);
    expect(depth(broker)).toBe(0);
  });
});
