// Rates: over any stretch of time no more passes than the burst and what the rate gives, and what was held goes on by itself.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aBroker,
  anOperatorRequest,
  type BrokerFixture,
  effectsOf,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { why } from '../../usecase/explain.ts';
import { NO_QUOTAS } from '../quotas.ts';
import { Bucket, Buckets, DEFAULT_THROTTLES, type Rate, type ThrottleRule, type Throttles } from '../throttles.ts';

const NONE = Number.POSITIVE_INFINITY;
const rate = (over: Partial<Rate>): Rate => ({ messages: NONE, bytes: NONE, burstMs: 1_000, ...over });
const rule = (scope: ThrottleRule['scope'], match: string, over: Partial<Rate>): ThrottleRule => ({
  scope,
  match,
  tenant: null,
  rate: rate(over),
});

const throttled = (throttles: Partial<Throttles>): BrokerFixture => {
  const broker = aBroker({ limits: { quotas: { ...NO_QUOTAS, throttles: { ...DEFAULT_THROTTLES, ...throttles } } } });
  broker.declare('q', { patterns: ['>'] });
  return broker;
};

const taken = (broker: BrokerFixture, topic: string, count: number, from = 1): number => {
  const before = broker.state.counters.published;
  broker.run(publish({ peer: peer(from), of: Array.from({ length: count }, () => topic) }));
  return broker.state.counters.published - before;
};

describe('a bucket', () => {
  it('lets no more pass than the burst and the rate, whenever it is asked', () => {
    const asks = fc.array(fc.tuple(fc.nat(700), fc.integer({ min: 1, max: 20 })), { maxLength: 60 });
    fc.assert(
      fc.property(
        asks,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 3_000 }),
        (all, messages, burstMs) => {
          const bucket = new Bucket(rate({ messages, burstMs }), 0);
          let nowMs = 0;
          let passed = 0;
          for (const [ms, count] of all) {
            nowMs += ms;
            for (let left = count; left > 0 && bucket.waitMs(nowMs, 1, 1, 0, 0) === 0; left -= 1) {
              bucket.take(nowMs, 1, 1);
              passed += 1;
            }
            expect(passed).toBeLessThanOrEqual(
              Math.max(1, (messages * burstMs) / 1_000) + (messages * nowMs) / 1_000 + 1e-6,
            );
          }
        },
      ),
      { seed: 11 },
    );
  });

  it('says when a message may come, and then it may', () => {
    const bucket = new Bucket(rate({ messages: 3, bytes: 100 }), 0);
    bucket.take(0, 3, 40);
    const waitMs = bucket.waitMs(0, 1, 90, 0, 0);
    expect(waitMs).toBeGreaterThan(0);
    expect(bucket.waitMs(waitMs - 2, 1, 90, 0, 0)).toBeGreaterThan(0);
    expect(bucket.waitMs(waitMs, 1, 90, 0, 0)).toBe(0);
  });

  it('is forgotten when it is full again, so that names alone take no memory', () => {
    const buckets = new Buckets();
    for (let n = 0; n < 100_000; n += 1) buckets.of(`${n}`, rate({ messages: 1 }), n).take(n, 0, 0);
    expect(buckets.size).toBeLessThan(3_000);
  });
});

describe('a throttle of publishes', () => {
  it('of a topic holds over all producers, refuses with the time to come again, and lets more pass then', () => {
    const broker = throttled({ publish: [rule('topic', 'bulk.>', { messages: 10 })] });
    expect([taken(broker, 'bulk.a', 6, 1), taken(broker, 'bulk.b', 6, 2), taken(broker, 'other', 50)]).toEqual([
      6, 4, 50,
    ]);
    const [refusal] = effectsOf(broker.left, 'published').flatMap(({ refusals }) => refusals);
    expect(refusal).toMatchObject({ code: 'THROTTLED', retryAfterMs: 100 });
    broker.nowMs += 500;
    expect(taken(broker, 'bulk.a', 50)).toBe(5);
    expect(broker.state.counters.throttled).toBe(47);
  });

  it('of producers is each one’s own, in bytes too', () => {
    const broker = throttled({ publish: [rule('producer', '*', { bytes: 8 })] });
    expect([taken(broker, 'abcd', 3, 1), taken(broker, 'abcd', 3, 2)]).toEqual([2, 2]);
  });

  it('of tenants is the named one’s, or that of every other', () => {
    const broker = throttled({
      tenants: new Map([
        ['', rate({ messages: 2 })],
        ['*', rate({ messages: 1 })],
      ]),
    });
    expect(taken(broker, 'x', 5)).toBe(2);
  });

  it('counts replies to inboxes, and leaves an inbox open whose answer may come later', () => {
    const broker = throttled({ tenants: new Map([['', rate({ messages: 1 })]]) });
    const address = '_inbox.a';
    broker.run({ type: 'open-inbox', peer: peer(5), tenant: '', address, request: null });
    const reply = publish({ of: [address, address] });
    const plain = { ...reply, source: new Uint8Array(64) };
    expect(effectsOf(broker.run(plain), 'published')[0]?.refusals).toMatchObject([{ index: 1, code: 'THROTTLED' }]);
    broker.nowMs += 1_000;
    broker.run({ ...plain, waits: true });
    expect([broker.state.counters.replies, broker.broker.held]).toEqual([2, 1]);
    broker.advance(1_000);
    expect([broker.state.counters.replies, broker.broker.held]).toEqual([3, 0]);
  });

  it('costs nothing for a message that is refused for another reason', () => {
    const broker = throttled({ publish: [rule('topic', '>', { messages: 2 })] });
    broker.run(publish({ of: [{ topic: 'x', fault: { code: 'MALFORMED_BODY', detail: '' } }, '_reserved'] }));
    expect(taken(broker, 'x', 3)).toBe(2);
  });
});

describe('a throttle of a consumer', () => {
  it('bounds what it is given, is told by why, costs others nothing, and goes on by itself', () => {
    const broker = throttled({ deliver: [rule('consumer', 'slow', { messages: 5 })] });
    broker.run(register({ consumer: 'slow', queue: 'q' }));
    expect(taken(broker, 'x', 20)).toBe(20);
    expect(received(broker.left).length).toBe(5);
    const { state, journal } = broker;
    const told = why(state, broker.queue('q'), journal, broker.broker.bodies, broker.nowMs);
    expect(told).toMatchObject({ reason: 'throttled', dispatching: false });
    expect(told.detail).toContain('in 200 ms');
    expect(broker.stranded).toEqual([]);
    broker.advance(1_000);
    expect(received(broker.left).length).toBe(10);
    broker.run(register({ peer: peer(11), consumer: 'fast', queue: 'q' }));
    expect(received(broker.left).length).toBe(20);
  });

  it('and a pause by an operator must both be over before it is given more, and each is told by why', () => {
    const broker = throttled({ deliver: [rule('consumer', 'slow', { messages: 5 })] });
    broker.run(register({ consumer: 'slow', queue: 'q' }));
    taken(broker, 'x', 20);
    const reason = (): string => {
      const { state, journal } = broker;
      return why(state, broker.queue('q'), journal, broker.broker.bodies, broker.nowMs).reason;
    };
    const steer = (word: 'pause' | 'resume'): unknown =>
      broker.run({ type: 'steer-consumer', request: anOperatorRequest(), tenant: '', consumer: 'slow', word });
    const given = (): number => received(broker.left).length;
    expect([given(), reason()]).toEqual([5, 'throttled']);
    steer('pause');
    expect(reason()).toBe('consumer_paused');
    steer('resume');
    expect([given(), reason()]).toEqual([5, 'throttled']);
    steer('pause');
    broker.advance(1_000);
    expect([given(), reason()]).toEqual([5, 'consumer_paused']);
    steer('resume');
    expect([given(), reason(), broker.stranded]).toEqual([10, 'throttled', []]);
  });

  it('is not got around by a new session', () => {
    const broker = throttled({ deliver: [rule('consumer', '*', { messages: 3 })] });
    taken(broker, 'x', 20);
    for (let n = 0; n < 4; n += 1) broker.run(register({ consumer: 'one', queue: 'q', peer: peer(20 + n) }));
    expect(new Set(received(broker.left).map(({ delivery }) => delivery)).size).toBe(3);
  });
});
