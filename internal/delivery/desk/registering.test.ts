// Registers: what is answered, what is refused, and what a register means for the session before it.

import { describe, expect, it } from 'vitest';
import { aConsumer, depth } from '../../testing/fixtures/a-consumer.ts';
import { deliveries, words } from '../../testing/fixtures/an-engine.ts';

describe('a register', () => {
  it('is answered with session, secret, window, heartbeat and queues', async () => {
    const { registered } = await aConsumer({ window: { messages: 5, bytes: 1_000 } });
    expect(registered).toMatchObject({
      type: 'consumer.registered',
      status: 'ok',
      consumer_id: 'c',
      heartbeat_interval_ms: 5_000,
      window: { messages: 5, bytes: 1_000 },
      queues: [{ index: 0, name: 'a.>', patterns: ['a.>'] }],
    });
    expect(registered?.['session_token']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is granted what the broker allows where it wishes for more or says nothing', async () => {
    const setup = { limits: { windowMessagesMax: 10, windowBytesMax: 500 } };
    expect((await aConsumer({}, { setup })).registered).toMatchObject({ window: { messages: 10, bytes: 500 } });
    const wish = { window: { messages: 99, bytes: 9_999 } };
    expect((await aConsumer(wish, { setup })).registered).toMatchObject({ window: { messages: 10, bytes: 500 } });
    const earlier = { capabilities: { max_inflight: 3 } };
    expect((await aConsumer(earlier, { setup })).registered).toMatchObject({ window: { messages: 3 } });
    const capped = { capabilities: { max_inflight: -1 } };
    expect((await aConsumer(capped, { setup })).registered).toMatchObject({ window: { messages: 10 } });
  });

  it.each([
    ['another mode', { mode: 'fanout' }, 'MODE_NOT_SUPPORTED'],
    ['a pattern against the grammar', { subscriptions: ['a.>.b'] }, 'INVALID_PATTERN'],
    ['nothing to work on', { subscriptions: [] }, 'INVALID_ARGUMENT'],
    ['no consumer id', { consumer_id: '' }, 'INVALID_NAME'],
    ['a list of the wrong shape', { subscriptions: 'a' }, 'MALFORMED_CONTROL'],
    ['too many subscriptions', { subscriptions: Array.from({ length: 1_025 }, (_, i) => `t${i}`) }, 'TOO_MANY_ITEMS'],
  ])('is refused for %s', async (_what, register, code) => {
    const { broker, registered } = await aConsumer(register);
    expect(registered).toMatchObject({ type: 'error', code });
    expect(broker.engine.state.sessions.size).toBe(0);
  });

  it('with very many long subscriptions is answered by a word that a client can read', async () => {
    const subscriptions = Array.from({ length: 800 }, (_, i) => `${'x'.repeat(200)}.${i}`);
    const { registered } = await aConsumer({ subscriptions });
    expect(registered).toMatchObject({ type: 'consumer.registered' });
    const queues = registered?.['queues'] as { index: number; name: string }[];
    expect(queues.map(({ name }) => name)).toEqual(subscriptions);
  });

  it('whose answer could not be said is refused at the door', async () => {
    const subscriptions = Array.from({ length: 1_020 }, (_, i) => `${'x'.repeat(230)}.${i}`);
    const { broker, registered } = await aConsumer({ subscriptions });
    expect(registered).toMatchObject({ code: 'FRAME_TOO_LARGE' });
    expect(broker.engine.state.queues.size).toBe(0);
  });

  it('on a used consumer id without its token takes the place of the old session, which is told', async () => {
    const { broker, peer, publish } = await aConsumer();
    publish(2);
    expect(deliveries(peer)).toHaveLength(2);
    const other = broker.router.connect();
    broker.say(other, { type: 'hello' });
    other.say({ type: 'consumer.register', consumer_id: 'c', subscriptions: ['a.>'] });
    broker.settle();
    expect(words(peer)).toMatchObject([{ code: 'SESSION_REPLACED' }]);
    expect(deliveries(other)).toMatchObject([{ meta: { returned: 1 } }, { meta: { returned: 1 } }]);
  });

  it.each([
    ['without hello', null],
    ['after hello', {}],
  ])(
    'again on one connection without its token, %s, is a new session that is given what the old one held',
    async (_when, hello) => {
      const { broker, peer, publish, registered } = await aConsumer({}, { hello });
      publish(2);
      const [held] = deliveries(peer);
      const register = { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a.>'] };
      peer.say(register);
      broker.settle();
      const [word] = words(peer);
      expect(word).toMatchObject({ type: 'consumer.registered' });
      expect(word?.['resumed']).toBeUndefined();
      expect(word?.['session_id']).not.toBe(registered?.['session_id']);
      expect(word?.['session_token']).not.toBe(registered?.['session_token']);
      const again = deliveries(peer);
      expect(again).toHaveLength(2);
      expect(broker.say(peer, { type: 'ack', delivery_id: held?.meta['delivery_id'] })).toMatchObject([
        { code: 'STALE_DELIVERY' },
      ]);
      // By its message: only the lease of this session counts.
      expect(broker.say(peer, { type: 'ack', message_id: 'm0', request: 1 })).toMatchObject([{ type: 'acked' }]);
      expect(depth(broker)).toBe(1);
    },
  );

  it('again on one connection with its token changes the subscriptions and keeps what is held', async () => {
    const { broker, peer, publish, registered } = await aConsumer();
    publish(1);
    const [held] = deliveries(peer);
    const register = { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a.>', 'b'] };
    const [word] = broker.say(peer, { ...register, session_token: registered?.['session_token'] });
    expect(word).toMatchObject({ resumed: true, session_id: registered?.['session_id'] });
    expect(deliveries(peer)).toEqual([]);
    expect(broker.say(peer, { type: 'ack', delivery_id: held?.meta['delivery_id'], request: 1 })).toMatchObject([
      { type: 'acked', request: 1 },
    ]);
    expect(broker.say(peer, { ...register, session_token: 'guess' })).toMatchObject([
      { code: 'SESSION_TOKEN_MISMATCH' },
    ]);
  });

  it('with a token that does not fit is refused', async () => {
    const { broker } = await aConsumer();
    const other = broker.router.connect();
    const register = { type: 'consumer.register', consumer_id: 'c', subscriptions: ['a.>'], session_token: 'guess' };
    expect(broker.say(other, register)).toMatchObject([{ code: 'SESSION_TOKEN_MISMATCH' }]);
  });

  it('with the token of a resumable session takes it up again, leases and all', async () => {
    const { broker, peer, publish, registered } = await aConsumer({ capabilities: { resumable: true } });
    publish(1);
    const [given] = deliveries(peer);
    peer.leave();
    publish(1);
    expect(broker.engine.state.leases.size).toBe(2);
    const back = broker.router.connect();
    broker.say(back, { type: 'hello' });
    const [word] = broker.say(back, {
      type: 'consumer.register',
      consumer_id: 'c',
      subscriptions: ['a.>'],
      capabilities: { resumable: true },
      session_token: registered?.['session_token'],
    });
    expect(word).toMatchObject({
      resumed: true,
      session_id: registered?.['session_id'],
      session_token: registered?.['session_token'],
    });
    expect(broker.say(back, { type: 'ack', delivery_id: given?.meta['delivery_id'], request: 1 })).toMatchObject([
      { type: 'acked', request: 1 },
    ]);
  });
});
