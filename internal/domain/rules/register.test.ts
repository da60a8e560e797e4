// What a registration makes: which queues, which session, and what becomes of the one before it.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  ack,
  type BrokerFixture,
  bodies,
  codes,
  effectsOf,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { SUBSCRIPTIONS_MAX } from '../limits.ts';

const A = peer(11);
const B = peer(12);
const replies = (leaving: ReturnType<BrokerFixture['run']>) =>
  effectsOf(leaving, 'registered').map(({ queues, resumed, token }) => ({
    queues: queues.map(({ queue, patterns }) => [queue.name, patterns]),
    resumed,
    token,
  }));

describe('a registration', () => {
  it('that names a queue works on it, and binds its subscriptions to it', () => {
    const broker = aBroker();
    const [reply] = replies(broker.run(register({ queue: 'jobs', subscriptions: ['jobs.*', 'work.>'] })));
    expect(reply?.queues).toEqual([['jobs', ['jobs.*', 'work.>']]]);
    expect(bodies(broker.run(publish({ of: ['jobs.a', 'work.a.b'] })))).toEqual(['jobs.a', 'work.a.b']);
  });

  it('without a queue works on the one named like the consumer, and binds nothing', () => {
    const broker = aBroker();
    broker.declare('worker-1', { patterns: ['orders.>'] });
    const [reply] = replies(broker.run(register({ consumer: 'worker-1', subscriptions: ['other.>'] })));
    expect(reply?.queues).toEqual([['worker-1', []]]);
    expect(broker.state.routes.size).toBe(1);
    expect(bodies(broker.run(publish({ of: ['orders.1', 'other.1'] })))).toEqual(['orders.1']);
  });

  it('without any such queue makes each subscription a queue of its own, which workers share', () => {
    const broker = aBroker();
    const [reply] = replies(
      broker.run(register({ peer: A, consumer: 'a', subscriptions: ['x.*', 'y', 'x.*'], windowMessages: 1 })),
    );
    expect(reply?.queues).toEqual([
      ['x.*', ['x.*']],
      ['y', ['y']],
    ]);
    broker.run(register({ peer: B, consumer: 'b', subscriptions: ['x.*'], windowMessages: 1 }));
    const got = received(broker.run(publish({ of: ['x.1', 'x.2'] })));
    expect(new Set(got.map(({ peer: at }) => at))).toEqual(new Set([A, B]));
    expect(broker.queue('x.*').consumers).toHaveLength(2);
  });

  it('is answered when it is durable, and before its first delivery', () => {
    const broker = aBroker();
    broker.declare('q');
    broker.run(publish({ of: ['q'] }));
    expect(broker.turn(register({ queue: 'q' }))).toEqual([]);
    expect(broker.run().map(({ effect }) => effect.type)).toEqual(['registered', 'deliver']);
  });

  it('again on the same connection, with its token, refreshes the session and keeps its leases', () => {
    const broker = aBroker();
    const first = register({ queue: 'q', windowMessages: 1, subscriptions: ['q'] });
    broker.run(first, publish({ of: ['q', 'q', 'q'] }));
    const leaving = broker.run(register({ queue: 'q', windowMessages: 3, tokenHash: first.fresh.hash }));
    expect(replies(leaving)).toMatchObject([{ resumed: true, token: null }]);
    expect(received(leaving)).toHaveLength(2);
    expect(broker.state.sessions.size).toBe(1);
    expect(broker.state.leases.size).toBe(3);
  });

  it('again on the same connection without its token starts anew: what a crashed consumer held comes at once', () => {
    const broker = aBroker();
    const held = received(
      broker.run(register({ peer: A, queue: 'q', subscriptions: ['q'] }), publish({ of: ['q', 'q'] })),
    );
    const leaving = broker.run(register({ peer: A, queue: 'q' }));
    expect(replies(leaving)).toMatchObject([{ resumed: false, token: expect.stringContaining('token') }]);
    expect(effectsOf(leaving, 'session-ended')).toEqual([]);
    expect(received(leaving, A)).toMatchObject([
      { body: 'q', attempt: 1, returned: 1 },
      { body: 'q', attempt: 1, returned: 1 },
    ]);
    expect(broker.state.sessions.size).toBe(1);
    expect(broker.queue('q').consumers).toHaveLength(1);
    const late = broker.run(
      ack(
        A,
        held.map(({ delivery }) => delivery),
      ),
    );
    expect(codes(late)).toEqual(['STALE_DELIVERY', 'STALE_DELIVERY']);
    expect(broker.queue('q').depth).toBe(2);
  });

  it('again on the same connection without its token ends a resumable session too, and its fetch', () => {
    const broker = aBroker();
    broker.run(register({ peer: A, queue: 'q', resumable: true, pull: true }));
    broker.run({ type: 'fetch', peer: A, count: 2, waitMs: 1_000, request: null });
    broker.run(register({ peer: A, queue: 'q', pull: true, subscriptions: ['q'] }), publish({ of: ['q'] }));
    expect(received(broker.left)).toEqual([]);
    expect(effectsOf(broker.advance(2_000), 'fetch-ended')).toEqual([]);
    expect(broker.state.waitingSessions.size).toBe(0);
  });

  it('with a wrong token is refused, and the session it meant stays as it was', () => {
    const broker = aBroker();
    broker.run(register({ peer: A, queue: 'q' }));
    expect(codes(broker.run(register({ peer: B, queue: 'q', tokenHash: 'guessed' })))).toEqual([
      'SESSION_TOKEN_MISMATCH',
    ]);
    expect(codes(broker.run(register({ peer: A, queue: 'q', tokenHash: 'guessed' })))).toEqual([
      'SESSION_TOKEN_MISMATCH',
    ]);
    expect(broker.state.sessionByPeer.has(A)).toBe(true);
  });

  it('of a used consumer id without its token starts anew and returns the old leases', () => {
    const broker = aBroker();
    broker.run(register({ peer: A, queue: 'q', subscriptions: ['q'] }), publish({ of: ['q', 'q'] }));
    const leaving = broker.run(register({ peer: B, queue: 'q' }));
    expect(effectsOf(leaving, 'session-ended', A)).toMatchObject([{ refusal: { code: 'SESSION_REPLACED' } }]);
    expect(received(leaving, B)).toMatchObject([
      { attempt: 1, returned: 1 },
      { attempt: 1, returned: 1 },
    ]);
    expect(broker.state.counters.returned).toBe(2);
    expect(broker.state.sessions.size).toBe(1);
  });

  it('with the token on another connection moves the session there', () => {
    const broker = aBroker();
    const hello = register({ peer: A, queue: 'q', subscriptions: ['q'], resumable: true });
    broker.run(hello, publish({ of: ['q'] }));
    const leaving = broker.run(register({ peer: B, queue: 'q', tokenHash: hello.fresh.hash }));
    expect(effectsOf(leaving, 'session-ended', A)).toHaveLength(1);
    expect(replies(leaving)).toMatchObject([{ resumed: true }]);
    expect(broker.queue('q').consumers).toHaveLength(1);
    expect(bodies(broker.run(publish({ of: ['q'] })), B)).toEqual(['q']);
    broker.run({ type: 'peer-gone', peer: A, cause: 'gone' });
    expect(broker.state.sessionByPeer.has(B)).toBe(true);
  });

  it('of one consumer id in two tenants is two sessions', () => {
    const broker = aBroker();
    broker.run(register({ peer: A, queue: 'q' }), register({ peer: B, tenant: 'acme', queue: 'q' }));
    expect(broker.state.sessions.size).toBe(2);
    expect(broker.state.queues.size).toBe(2);
  });

  it('is refused for a second consumer on a connection that serves one', () => {
    const broker = aBroker();
    broker.run(register({ peer: A, consumer: 'a', queue: 'q' }));
    expect(codes(broker.run(register({ peer: A, consumer: 'b', queue: 'q' })))).toEqual(['INVALID_ARGUMENT']);
    broker.run({ type: 'deregister', peer: A });
    expect(codes(broker.run(register({ peer: A, consumer: 'b', queue: 'q' })))).toEqual([]);
  });

  it.each([
    [{ consumer: '' }, 'INVALID_NAME'],
    [{ queue: ' ' }, 'INVALID_NAME'],
    [{ subscriptions: ['a.>.b'] }, 'INVALID_PATTERN'],
    [{ subscriptions: [] }, 'INVALID_ARGUMENT'],
    [{ subscriptions: Array.from({ length: SUBSCRIPTIONS_MAX + 1 }, (_, i) => `t${i}`) }, 'TOO_MANY_ITEMS'],
  ])('of %o is refused and leaves nothing behind', (over, code) => {
    const broker = aBroker();
    const events = broker.journal.events.length;
    expect(codes(broker.run(register({ subscriptions: ['ok'], ...over })))).toEqual([code]);
    expect(broker.journal.events.length).toBe(events);
  });

  it('beyond the bounds of sessions and queues is refused', () => {
    const broker = aBroker({ limits: { sessionsMax: 1, queuesMax: 2 } });
    broker.run(register({ peer: A, consumer: 'a', subscriptions: ['a'] }));
    expect(codes(broker.run(register({ peer: B, consumer: 'b', subscriptions: ['b'] })))).toEqual([
      'TOO_MANY_SESSIONS',
    ]);
    broker.run({ type: 'deregister', peer: A });
    expect(codes(broker.run(register({ peer: B, consumer: 'b', subscriptions: ['b', 'c'] })))).toEqual([
      'TOO_MANY_QUEUES',
    ]);
    expect(broker.state.queues.size).toBe(1);
  });

  it('is refused while the broker drains', () => {
    const broker = aBroker();
    broker.run({ type: 'drain' });
    expect(codes(broker.run(register({ queue: 'q' })))).toEqual(['DRAINING']);
  });
});
