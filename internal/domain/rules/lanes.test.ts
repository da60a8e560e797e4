// Order within a partition key, whatever its messages meet; classes among the heads of keys; and what operators do about a key.

import { describe, expect, it } from 'vitest';
import { laneNumber } from '../../../pkg/protocol/partition-key.ts';
import {
  aBroker,
  ack,
  anOperatorRequest,
  type BrokerFixture,
  bodies,
  effectsOf,
  nack,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import type { SteerKey } from '../operator-command.ts';

const A = peer(11);
const B = peer(12);
const consumer = (at = A) => register({ peer: at, consumer: `consumer-${at}`, queue: 'q' });
const keyed = (key: string, body: string, priority = '') => ({
  topic: 'q',
  body,
  traits: { priority, lane: key === '' ? 0 : laneNumber(key) },
});
const withQueue = (options: Parameters<typeof aBroker>[0] = {}): BrokerFixture => {
  const broker = aBroker(options);
  broker.declare('q');
  return broker;
};
const steer = (word: SteerKey['word'], key = 'k'): SteerKey => ({
  type: 'steer-key',
  request: anOperatorRequest(),
  tenant: '',
  name: 'q',
  key,
  word,
});
const codeOf = (leaving: ReturnType<BrokerFixture['run']>): string | null => {
  const [reply] = effectsOf(leaving, 'operator-reply');
  return reply === undefined || reply.outcome.ok ? null : reply.outcome.refusal.code;
};

describe('the messages of a key', () => {
  it('go one after the other, and those of other keys and of none beside them', () => {
    const broker = withQueue();
    const of = [keyed('k', 'k1'), keyed('k', 'k2'), keyed('l', 'l1'), keyed('', 'plain'), keyed('l', 'l2')];
    const first = broker.run(consumer(), publish({ of }));
    expect(bodies(first)).toEqual(['k1', 'l1', 'plain']);
    const [k1, l1] = received(first);
    expect(bodies(broker.run(ack(A, [l1?.delivery ?? 0])))).toEqual(['l2']);
    expect(bodies(broker.run(ack(A, [k1?.delivery ?? 0])))).toEqual(['k2']);
  });

  it('wait until the settlement of the one before is on disk', () => {
    const broker = withQueue();
    const [k1] = received(broker.run(consumer(), publish({ of: [keyed('k', 'k1'), keyed('k', 'k2')] })));
    expect(bodies(broker.turn(ack(A, [k1?.delivery ?? 0])))).toEqual([]);
    broker.journal.sync();
    expect(bodies(broker.turn())).toEqual(['k2']);
  });

  it('go to whichever consumer has room, and never to two at a time', () => {
    const broker = withQueue();
    broker.run(consumer(A), consumer(B));
    const first = received(broker.run(publish({ of: ['1', '2', '3', '4'].map((body) => keyed('k', body)) })));
    expect(first).toHaveLength(1);
    const seen = [first[0]?.body];
    let out = first[0];
    while (out !== undefined) {
      [out] = received(broker.run(ack(out.peer, [out.delivery])));
      if (out !== undefined) seen.push(out.body);
    }
    expect(seen).toEqual(['1', '2', '3', '4']);
  });

  it('wait while the first one waits for its next attempt', () => {
    const broker = withQueue();
    const [k1] = received(broker.run(consumer(), publish({ of: [keyed('k', 'k1'), keyed('k', 'k2')] })));
    expect(bodies(broker.run(nack(A, k1?.delivery ?? 0)))).toEqual([]);
    const again = broker.advance(60_000);
    expect(bodies(again).filter((body) => body === 'k2')).toEqual([]);
    expect(bodies(again)[0]).toBe('k1');
  });

  it('come back in their order when their consumer goes', () => {
    const broker = withQueue();
    broker.run(consumer(A), publish({ of: [keyed('k', 'k1'), keyed('k', 'k2')] }));
    broker.run({ type: 'peer-gone', peer: A, cause: 'gone' });
    expect(bodies(broker.run(consumer(B)))).toEqual(['k1']);
  });

  it('go on without one whose time is over', () => {
    const broker = withQueue();
    const times = { due: null, expiry: { afterMs: 100 } };
    broker.run(publish({ of: [{ ...keyed('k', 'k1'), times }, keyed('k', 'k2')] }));
    broker.advance(200);
    expect(bodies(broker.run(consumer()))).toEqual(['k2']);
  });

  it('do not wait for one that is due later: it takes its place when it is', () => {
    const broker = withQueue();
    const times = { due: { afterMs: 1_000 }, expiry: null };
    const [k2] = received(
      broker.run(consumer(), publish({ of: [{ ...keyed('k', 'k1'), times }, keyed('k', 'k2'), keyed('k', 'k3')] })),
    );
    expect(k2?.body).toBe('k2');
    broker.advance(1_000);
    expect(bodies(broker.run(ack(A, [k2?.delivery ?? 0])))).toEqual(['k1']);
  });

  it('mean nothing in a queue whose policy says so', () => {
    const broker = withQueue({ policy: { order: 'none' } });
    expect(bodies(broker.run(consumer(), publish({ of: [keyed('k', 'k1'), keyed('k', 'k2')] })))).toEqual(['k1', 'k2']);
  });
});

describe('a key whose first message keeps failing', () => {
  const failing = (options: Parameters<typeof withQueue>[0] = {}): BrokerFixture => {
    const broker = withQueue({ ...options, policy: { attemptsMax: 2, ...options.policy } });
    broker.run(consumer(), publish({ of: [keyed('k', 'bad'), keyed('k', 'next'), keyed('l', 'other')] }));
    return broker;
  };
  const fail = (broker: BrokerFixture): void => {
    const [last] = received(broker.left)
      .filter(({ body }) => body === 'bad')
      .slice(-1);
    broker.run(nack(A, last?.delivery ?? 0));
  };

  it('is parked alone, and its message is tried on', () => {
    const broker = failing();
    fail(broker);
    broker.advance(1_000);
    fail(broker);
    expect(broker.queue('q').dead.size).toBe(0);
    expect([...(broker.queue('q').order?.parked ?? [])]).toEqual([laneNumber('k')]);
    const [probe] = received(broker.advance(60_000)).filter(({ body }) => body === 'bad');
    expect(probe).toMatchObject({ attempt: 3 });
    expect(bodies(broker.run(ack(A, [probe?.delivery ?? 0])))).toEqual(['next']);
    expect(broker.queue('q').order?.parked.has(laneNumber('k'))).toBe(false);
  });

  it('goes on without it where the policy says so', () => {
    const broker = failing({ policy: { poisoned: 'dead-letter' } });
    fail(broker);
    broker.advance(1_000);
    fail(broker);
    expect(broker.queue('q').dead.size).toBe(1);
    expect(bodies(broker.left)).toContain('next');
  });

  it('goes on when its consumer says that it can never be done', () => {
    const broker = failing();
    const [bad] = received(broker.left).filter(({ body }) => body === 'bad');
    expect(bodies(broker.run(nack(A, bad?.delivery ?? 0, 'terminal')))).toEqual(['next']);
  });

  it('is released by an operator: tried at once, with fresh counts', () => {
    const broker = failing();
    expect(codeOf(broker.run(steer('release')))).toBe('KEY_NOT_PARKED');
    fail(broker);
    const [again] = received(broker.run(steer('release')));
    expect(again).toMatchObject({ body: 'bad', attempt: 1 });
  });

  it('is skipped by an operator: a dead letter, and the next one goes', () => {
    const broker = failing();
    fail(broker);
    expect(bodies(broker.run(steer('skip')))).toEqual(['next']);
    expect([...broker.queue('q').dead.values()]).toMatchObject([{ cause: 'manual' }]);
    expect(codeOf(broker.run(steer('skip', 'nobody')))).toBe('KEY_NOT_FOUND');
  });
});

describe('a key that is paused', () => {
  it('gives nothing until it is resumed, and others do', () => {
    const broker = withQueue();
    broker.run(steer('pause'));
    const first = broker.run(consumer(), publish({ of: [keyed('k', 'k1'), keyed('l', 'l1')] }));
    expect(bodies(first)).toEqual(['l1']);
    expect(bodies(broker.run(steer('resume')))).toEqual(['k1']);
  });

  it('stays so over a restart, and keys and classes have their places again', () => {
    const broker = withQueue();
    broker.run(steer('pause'), publish({ of: [keyed('k', 'k1'), keyed('k', 'k2', 'low'), keyed('', 'u', 'urgent')] }));
    const queue = broker.replayed().queueNamed('', 'q');
    expect([...(queue?.pausedKeys ?? [])]).toEqual([[laneNumber('k'), 'k']]);
    expect(queue?.order?.lanes.get(laneNumber('k'))).toMatchObject({ count: 2, out: 0 });
    expect(queue?.order?.classes).toEqual([1]);
  });
});

describe('classes', () => {
  it('go before those that are lower, also where the lower ones came first', () => {
    const broker = withQueue();
    broker.run(
      publish({
        of: [keyed('', 'low', 'low'), keyed('', 'plain'), keyed('', 'high', 'high'), keyed('', 'urgent', 'urgent')],
      }),
    );
    expect(bodies(broker.run(consumer()))).toEqual(['urgent', 'high', 'plain', 'low']);
  });

  it('that are normal and those that say nothing are one, in the order of acceptance', () => {
    const broker = withQueue();
    broker.run(
      publish({
        of: [keyed('', 'a', 'normal'), keyed('', 'b'), keyed('', 'c', 'unheard-of'), keyed('', 'd', 'Normal')],
      }),
    );
    expect(bodies(broker.run(consumer()))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('choose among the first of each key: within it only the order of acceptance counts', () => {
    const broker = withQueue();
    broker.run(publish({ of: [keyed('k', 'k1', 'low'), keyed('k', 'k2', 'urgent'), keyed('l', 'l1', 'high')] }));
    const first = broker.run(consumer());
    expect(bodies(first)).toEqual(['l1', 'k1']);
    const k1 = received(first).find(({ body }) => body === 'k1');
    expect(bodies(broker.run(ack(A, [k1?.delivery ?? 0])))).toEqual(['k2']);
  });

  it('that wait get their turn while others are busy', () => {
    const broker = withQueue();
    const many = Array.from({ length: 40 }, (_, index) => keyed('', `u${index}`, 'urgent'));
    broker.run(publish({ of: [keyed('', 'low', 'low'), ...many] }));
    const order = bodies(broker.run(consumer()));
    expect(order.indexOf('low')).toBeLessThanOrEqual(9);
  });
});
