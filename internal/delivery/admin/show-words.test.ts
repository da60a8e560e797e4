// One route and one session whole: every field, what they lead to and what is held, and a code for what is not there.

import { expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { anEngine } from '../../testing/fixtures/an-engine.ts';

async function aBroker() {
  const broker = await anEngine();
  const operator = broker.admin.connect();
  const ask = (word: string, args: object) => broker.operate(operator, word, args);
  const result = (word: string, args: object): unknown => {
    const reply = ask(word, args);
    expect(reply).toMatchObject({ ok: true });
    return reply['result'];
  };
  result('queues.declare', { queue: 'q', patterns: ['a.>'] });
  return { broker, ask, result };
}

it('routes.show tells every field of each route of the pattern, its queue and who consumes there', async () => {
  const { broker, result } = await aBroker();
  const metadata = { compression: 'lz4', owner: 'team-a' };
  result('routes.add', { pattern: 'a.>', destination_id: 'r', priority: 5, metadata });
  result('routes.add', { pattern: 'a.>', route_type: 'fanout', destination_id: '' });
  broker.say(broker.router.connect(), { type: 'consumer.register', consumer_id: 'w1', queue: 'r' });
  const shown = result('routes.show', { pattern: 'a.>' });
  expect(shown).toMatchObject({
    pattern: 'a.>',
    tenant_id: '',
    total: 3,
    items: [
      {
        route_id: 1,
        destination_id: 'q',
        route_type: 'direct',
        metadata: {},
        queue: { queue: 'q' },
        sessions_total: 0,
      },
      {
        destination_id: 'r',
        priority: 5,
        enabled: true,
        exclusive: false,
        origin: 'operator',
        metadata,
        queue: { queue: 'r', depth: 0, consumers: 1 },
        sessions: [{ consumer_id: 'w1', inflight: 0 }],
        sessions_total: 1,
      },
      { route_type: 'fanout', destination_id: '', queue: null, sessions: [], sessions_total: 0 },
    ],
  });
  expect(result('routes.show', { pattern: 'a.>', destination_id: 'r' })).toMatchObject({ total: 1 });
});

it('sessions.show tells window, queues, leases and when the consumer was last heard', async () => {
  const { broker, result } = await aBroker();
  const consumer = broker.router.connect();
  broker.say(consumer, { type: 'hello' });
  broker.say(consumer, {
    type: 'consumer.register',
    consumer_id: 'w1',
    queue: 'q',
    window: { messages: 2, bytes: 9_999 },
  });
  const producer = broker.router.connect();
  broker.say(producer, { type: 'hello', versions: [2], producer: true });
  const block = encodeBlock({ topic: 'a.b', body: new Uint8Array(10) });
  producer.send(encodePublish(1, 3, [block, block, block]));
  broker.settle();
  const heardMs = broker.timers.nowMs;
  broker.advance(3_000);
  const shown = result('sessions.show', { consumer_id: 'w1' }) as Record<string, unknown>;
  expect(shown).toMatchObject({
    consumer_id: 'w1',
    tenant_id: '',
    live: true,
    supports_ack: true,
    window: { messages: 2, bytes: 9_999, room: 0, credit: null },
    inflight: 2,
    fetching: null,
    grace_until: null,
    queues: [{ queue: 'q', depth: 3, ready: 1, leased_here: 2, paused: false }],
    queues_total: 1,
    leases: [
      { queue: 'q', sequence: 1, bytes: block.length, until: expect.stringContaining('T') },
      { queue: 'q', sequence: 2 },
    ],
    leases_total: 2,
  });
  const now = result('status', {}) as { readonly time_unix_ms: number };
  expect(now.time_unix_ms - Date.parse(String(shown['last_heard_at']))).toBe(broker.timers.nowMs - heardMs);
});

it('sessions.show tells of one that is away until when its leases are kept', async () => {
  const { broker, result } = await aBroker();
  const consumer = broker.router.connect();
  broker.say(consumer, { type: 'hello' });
  broker.say(consumer, { type: 'consumer.register', consumer_id: 'w1', queue: 'q', capabilities: { resumable: true } });
  consumer.leave();
  // That it is gone shows when something is sent to it.
  const producer = broker.router.connect();
  broker.say(producer, { type: 'hello', versions: [2], producer: true });
  producer.send(encodePublish(1, 1, [encodeBlock({ topic: 'a.b', body: new Uint8Array(10) })]));
  broker.settle();
  const grace = { last_heard_at: null, grace_until: expect.stringContaining('T') };
  const away = { live: false, ...grace, inflight: 1, leases: [{ queue: 'q', sequence: 1 }] };
  expect(result('sessions.show', { consumer_id: 'w1' })).toMatchObject(away);
});

it.each([
  ['routes.show', { pattern: 'none' }, 'ROUTE_NOT_FOUND'],
  ['routes.show', { pattern: 'a.>', destination_id: 'r' }, 'ROUTE_NOT_FOUND'],
  ['routes.show', { pattern: 'a.>', tenant_id: 't' }, 'ROUTE_NOT_FOUND'],
  ['routes.show', {}, 'INVALID_ARGUMENT'],
  ['sessions.show', { consumer_id: 'none' }, 'CONSUMER_NOT_FOUND'],
  ['sessions.show', { consumer: 'w1' }, 'INVALID_ARGUMENT'],
])('%s %j is refused with %s', async (word, args, code) => {
  const { ask } = await aBroker();
  expect(ask(word, args)).toMatchObject({ ok: false, error: { code } });
});
