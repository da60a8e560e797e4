// Leases, graces, stalls and expiry, on a clock that the test moves.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  ack,
  type BrokerFixture,
  bodies,
  codes,
  effectsOf,
  helloAgain,
  helloNew,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { asProducerId, asSequence } from '../ids.ts';
import { EXPIRY_BATCH_MAX } from '../limits.ts';

const A = peer(11);
const B = peer(12);
const consumer = (over: Parameters<typeof register>[0] = {}) =>
  register({ peer: A, consumer: 'a', queue: 'q', ...over });

const withQueue = (options: Parameters<typeof aBroker>[0] = {}): BrokerFixture => {
  const broker = aBroker(options);
  broker.declare('q');
  return broker;
};

describe('a lease', () => {
  it('ends at its deadline and not before, and the consumer is told', () => {
    const broker = withQueue({ policy: { leaseMs: 10_000, backoffInitialMs: 100, backoffJitter: 0 } });
    const [one] = received(broker.run(consumer(), publish({ of: ['q'] })));
    expect(one?.deadlineMs).toBe(broker.nowMs + 10_000);
    expect(effectsOf(broker.advance(9_999), 'leases-ended')).toEqual([]);
    const leaving = broker.advance(64);
    expect(effectsOf(leaving, 'leases-ended', A)).toMatchObject([{ deliveries: [one?.delivery] }]);
    expect(bodies(broker.advance(100))).toEqual(['q']);
    expect(broker.state.counters).toMatchObject({ timedOut: 1, retried: 1, returned: 0 });
    expect(broker.queue('q').histories.get(asSequence(1))).toMatchObject([
      { cause: 'delivery_timeout', consumer: 'a', attempt: 1 },
    ]);
  });

  it('that ended too often dead-letters its message', () => {
    const broker = withQueue({ policy: { attemptsMax: 2, leaseMs: 100 } });
    broker.run(consumer(), publish({ of: ['q'] }));
    broker.advance(10_000);
    expect(broker.queue('q').dead.get(asSequence(1))).toMatchObject({
      cause: 'attempts_exhausted',
      reason: 'delivery_timeout',
    });
    expect(broker.queue('q').dead.get(asSequence(1))?.history).toHaveLength(2);
  });

  it('counts in bounded steps when many end at once, and all do end', () => {
    const count = EXPIRY_BATCH_MAX + 500;
    const broker = withQueue({ policy: { leaseMs: 100 }, limits: { windowMessagesMax: 10_000 } });
    broker.run(consumer({ windowMessages: 10_000 }), publish({ of: Array.from({ length: count }, () => 'q') }));
    expect(broker.state.leases.size).toBe(count);
    broker.nowMs += 200;
    broker.turn();
    expect(broker.state.leases.size).toBe(500);
    broker.turn();
    expect(broker.state.counters.timedOut).toBe(count);
  });

  it('an ack that arrives with its deadline still counts', () => {
    const broker = withQueue({ policy: { leaseMs: 100 } });
    const [one] = received(broker.run(consumer(), publish({ of: ['q'] })));
    broker.nowMs += 10_000;
    expect(codes(broker.turn(ack(A, [one?.delivery ?? 0])))).toEqual([]);
    expect(broker.queue('q').depth).toBe(0);
  });
});

describe('a stall of the broker', () => {
  it('moves leases and graces by its length: nobody else pays for it', () => {
    const broker = withQueue({ policy: { leaseMs: 1_000 }, limits: { sessionGraceMs: 1_000 } });
    broker.run(consumer(), publish({ of: ['q'] }));
    broker.run(register({ peer: B, consumer: 'b', queue: 'q', resumable: true }));
    broker.run({ type: 'peer-gone', peer: B, cause: 'gone' });
    broker.nowMs += 60_000;
    broker.run({ type: 'stalled', byMs: 60_000 });
    expect(broker.state.counters.timedOut).toBe(0);
    expect(broker.state.sessions.size).toBe(2);
    broker.advance(999);
    expect(broker.state.leases.size).toBe(1);
    broker.advance(100);
    expect(broker.state.counters.timedOut).toBe(1);
    expect(broker.state.sessions.size).toBe(1);
  });

  it('does not end a fetch', () => {
    const broker = withQueue();
    broker.run(consumer({ pull: true }));
    broker.run({ type: 'fetch', peer: A, count: 1, waitMs: 1_000, request: null });
    broker.nowMs += 60_000;
    broker.run({ type: 'stalled', byMs: 60_000 });
    expect(bodies(broker.run(publish({ of: ['q'] })))).toEqual(['q']);
  });
});

describe('a consumer that goes', () => {
  it('and is resumable keeps its leases for the grace, and with its token after it', () => {
    const broker = withQueue({ limits: { sessionGraceMs: 5_000 } });
    const hello = consumer({ resumable: true });
    const [one] = received(broker.run(hello, publish({ of: ['q'] })));
    broker.run(register({ peer: B, consumer: 'b', queue: 'q' }));
    expect(bodies(broker.run({ type: 'peer-gone', peer: A, cause: 'gone' }))).toEqual([]);
    broker.advance(4_000);
    const back = broker.run(consumer({ peer: peer(13), resumable: true, tokenHash: hello.fresh.hash }));
    expect(effectsOf(back, 'registered')).toMatchObject([{ resumed: true, token: null }]);
    broker.advance(10_000);
    expect(codes(broker.run(ack(peer(13), [one?.delivery ?? 0])))).toEqual([]);
    expect(broker.queue('q').depth).toBe(0);
    expect(broker.state.counters.returned).toBe(0);
  });

  it('and does not come back within the grace returns its messages, without a failure', () => {
    const broker = withQueue({ limits: { sessionGraceMs: 5_000 } });
    const hello = consumer({ resumable: true });
    broker.run(hello, publish({ of: ['q'] }));
    broker.run(register({ peer: B, consumer: 'b', queue: 'q' }));
    broker.run({ type: 'peer-gone', peer: A, cause: 'silent' });
    expect(bodies(broker.advance(4_999), B)).toEqual([]);
    const leaving = broker.advance(1);
    expect(received(leaving, B)).toMatchObject([{ attempt: 1, returned: 1 }]);
    expect(broker.state.counters.returned).toBe(1);
    const [late] = effectsOf(broker.run(consumer({ resumable: true, tokenHash: hello.fresh.hash })), 'registered');
    expect(late?.resumed).toBe(false);
  });

  it('by silence or by not reading is told so where it may still hear', () => {
    const broker = withQueue();
    broker.run(consumer());
    expect(effectsOf(broker.run({ type: 'peer-gone', peer: A, cause: 'silent' }), 'session-ended', A)).toHaveLength(1);
    broker.run(consumer({ resumable: true }));
    broker.run({ type: 'peer-gone', peer: A, cause: 'slow' });
    expect(broker.state.sessions.size).toBe(0);
  });

  it('whose lease and grace end in one moment fails its message once', () => {
    const broker = withQueue({
      policy: { leaseMs: 1_000, returnsMax: 0, attemptsMax: 1 },
      limits: { sessionGraceMs: 1_000 },
    });
    broker.run(consumer({ resumable: true }), publish({ of: ['q'] }));
    broker.run({ type: 'peer-gone', peer: A, cause: 'gone' });
    broker.nowMs += 5_000;
    broker.run();
    expect(broker.state.sessions.size).toBe(0);
    expect(broker.queue('q').dead.get(asSequence(1))?.cause).toBe('attempts_exhausted');
    expect(broker.state.counters).toMatchObject({ deadLettered: 1, returned: 0, timedOut: 1 });
  });
});

describe('an idle queue', () => {
  const registered = (): BrokerFixture => {
    const broker = aBroker({ limits: { queueExpireMs: 60_000 } });
    broker.run(register({ peer: A, subscriptions: ['temp'] }));
    return broker;
  };
  const later = (broker: BrokerFixture, ms: number): boolean => {
    broker.advance(ms);
    return broker.state.queueNamed('', 'temp') !== undefined;
  };

  it('keeps its bindings for its time after the last consumer, and goes', () => {
    const broker = registered();
    expect(later(broker, 100_000)).toBe(true);
    broker.run({ type: 'deregister', peer: A });
    expect(later(broker, 59_000)).toBe(true);
    expect(broker.state.routes.size).toBe(1);
    expect(later(broker, 12_000)).toBe(false);
    expect(broker.state.routes.size).toBe(0);
  });

  it('stays while it holds messages, or when a consumer came back in time', () => {
    const broker = registered();
    broker.run(publish({ of: ['temp'] }), { type: 'deregister', peer: A });
    expect(later(broker, 1_000_000)).toBe(true);
    const [one] = received(broker.run(register({ peer: B, queue: 'temp' })));
    broker.run(ack(B, [one?.delivery ?? 0]));
    expect(later(broker, 1_000_000)).toBe(true);
  });

  it('that an operator declared never goes by itself', () => {
    const broker = aBroker({ limits: { queueExpireMs: 1_000 } });
    broker.declare('temp');
    broker.run(register({ peer: A, queue: 'temp' }));
    broker.run({ type: 'deregister', peer: A });
    expect(later(broker, 1_000_000)).toBe(true);
  });

  it('is one also when its consumer changed to another queue', () => {
    const broker = registered();
    broker.run(register({ peer: A, subscriptions: ['other'] }));
    expect(later(broker, 100_000)).toBe(false);
    expect(broker.state.queueNamed('', 'other')).toBeDefined();
  });
});

describe('an idle producer', () => {
  it('expires, and one whose connection stays does not', () => {
    const broker = aBroker({ limits: { producerExpireMs: 60_000 } });
    broker.run(helloNew(peer(1)), helloNew(peer(2)));
    broker.run({ type: 'peer-gone', peer: peer(1), cause: 'gone' });
    broker.advance(100_000);
    expect([...broker.state.producers.keys()]).toEqual([2]);
    expect(codes(broker.run(helloAgain(peer(3), asProducerId(1))))).toEqual(['UNKNOWN_PRODUCER']);
  });

  it('that is needed by none makes room; beyond the bound a hello is refused with a time to come back', () => {
    const broker = aBroker({ limits: { producersMax: 1, producerExpireMs: 60_000 } });
    broker.run(helloNew(peer(1)));
    const [refused] = effectsOf(broker.run(helloNew(peer(2))), 'refused');
    expect(refused?.refusal).toMatchObject({ code: 'TOO_MANY_PRODUCERS', retryAfterMs: 5_000 });
    broker.run({ type: 'peer-gone', peer: peer(1), cause: 'gone' });
    broker.advance(100_000);
    expect(effectsOf(broker.run(helloNew(peer(2))), 'hello-ok')).toHaveLength(1);
  });
});
