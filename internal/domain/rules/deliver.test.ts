// Who is given what: windows, shares, order, credit, and that nothing ready waits for a timer or a new publish.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  ack,
  anOperatorRequest,
  type BrokerFixture,
  bodies,
  codes,
  effectsOf,
  nack,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { Random } from '../../testing/sim/random.ts';
import type { PeerId } from '../ids.ts';

const numbered = (count: number, from = 1): { topic: string; body: string }[] =>
  Array.from({ length: count }, (_, i) => ({ topic: 'q', body: String(from + i) }));
const numbers = (count: number, from = 1): string[] => numbered(count, from).map(({ body }) => body);
const A = peer(11);
const B = peer(12);
const consumer = (at: PeerId, over: Parameters<typeof register>[0] = {}) =>
  register({ peer: at, consumer: `consumer-${at}`, queue: 'q', ...over });

const withQueue = (...names: string[]): BrokerFixture => {
  const broker = aBroker();
  for (const name of ['q', ...names]) broker.declare(name);
  return broker;
};

describe('windows', () => {
  it('hold so many messages, and an ack opens them by one', () => {
    const broker = withQueue();
    const first = broker.run(consumer(A, { windowMessages: 3 }), publish({ of: numbered(10) }));
    expect(bodies(first)).toEqual(['1', '2', '3']);
    const [one] = received(first);
    expect(bodies(broker.run(ack(A, [one?.delivery ?? 0])))).toEqual(['4']);
  });

  it('hold so many bytes, but always one message', () => {
    const broker = withQueue();
    const of = ['x'.repeat(60), 'y'.repeat(60), 'z'.repeat(500), 'w'].map((body) => ({ topic: 'q', body }));
    const first = broker.run(consumer(A, { windowBytes: 100 }), publish({ of }));
    expect(bodies(first).map((body) => body[0])).toEqual(['x', 'y']);
    const second = broker.run(
      ack(
        A,
        received(first).map(({ delivery }) => delivery),
      ),
    );
    expect(bodies(second).map((body) => body[0])).toEqual(['z']);
    expect(
      bodies(
        broker.run(
          ack(
            A,
            received(second).map(({ delivery }) => delivery),
          ),
        ),
      ),
    ).toEqual(['w']);
  });

  it('are never granted beyond the limits, nor without room for one message', () => {
    const broker = aBroker({ limits: { windowMessagesMax: 5, windowBytesMax: 1_000 } });
    broker.declare('q');
    const [registered] = effectsOf(broker.run(consumer(A, { windowMessages: 9_999, windowBytes: 1e9 })), 'registered');
    expect(registered?.session).toMatchObject({ windowMessages: 5, windowBytes: 1_000 });
    expect(codes(broker.run(consumer(B, { windowMessages: 0 })))).toEqual(['INVALID_ARGUMENT']);
    expect(codes(broker.run(consumer(B, { windowBytes: Number.NaN })))).toEqual(['INVALID_ARGUMENT']);
  });

  it('are one for all queues of a session', () => {
    const broker = aBroker();
    broker.run(register({ peer: A, subscriptions: ['a', 'b'], windowMessages: 3 }));
    const leaving = broker.run(publish({ of: ['a', 'a', 'b', 'b'] }));
    expect(received(leaving)).toHaveLength(3);
    broker.run(
      ack(
        A,
        received(leaving).map(({ delivery }) => delivery),
      ),
    );
    expect(broker.queue('a').ready + broker.queue('b').ready).toBe(0);
  });
});

/** Consumers that take `serviceMs` for each message, one after the other. Gives what each had done in `spanMs`. */
function shares(windowMessages: number, serviceMs: readonly number[], spanMs: number, seed: number): number[] {
  const broker = aBroker({ policy: { leaseMs: 10_000_000 }, limits: { sessionGraceMs: 10_000_000 } });
  broker.declare('q');
  const random = new Random(seed);
  const inHand = serviceMs.map((): number[] => []);
  const busyUntil = serviceMs.map(() => 0);
  const done = serviceMs.map(() => 0);
  const peers = serviceMs.map((_, i) => peer(20 + i));
  const take = (leaving: ReturnType<BrokerFixture['run']>): void => {
    for (const { peer: at, delivery } of received(leaving)) inHand[peers.indexOf(at)]?.push(delivery);
  };
  for (const at of peers) broker.run(consumer(at, { windowMessages }));
  const end = broker.nowMs + spanMs;
  while (broker.nowMs < end) {
    broker.nowMs += 1;
    if (broker.queue('q').ready < 200) take(broker.run(publish({ of: numbered(100) })));
    serviceMs.forEach((ms, i) => {
      const next = inHand[i]?.[0];
      if (next === undefined || (busyUntil[i] as number) > broker.nowMs) return;
      inHand[i]?.shift();
      done[i] = (done[i] as number) + 1;
      busyUntil[i] = broker.nowMs + ms * (0.5 + random.fraction());
      take(broker.run(ack(peers[i] as PeerId, [next])));
    });
  }
  return done;
}

describe('shares', () => {
  it('of equal windows are equal within 10 %', () => {
    for (const windowMessages of [1, 7, 64]) {
      const done = shares(windowMessages, [4, 4, 4], 3_000, windowMessages);
      const mean = done.reduce((sum, count) => sum + count, 0) / done.length;
      for (const count of done) expect(Math.abs(count - mean) / mean).toBeLessThan(0.1);
    }
  });

  it('of a backlog drained at once are equal within 10 %', () => {
    const broker = withQueue();
    broker.run(publish({ of: numbered(3_000) }));
    const counts = new Map([A, B, peer(13)].map((at) => [at, 0]));
    let leaving = broker.run(...[...counts.keys()].map((at) => consumer(at, { windowMessages: 100 })));
    for (let got = received(leaving); got.length > 0; got = received(leaving)) {
      for (const { peer: at } of got) counts.set(at, (counts.get(at) ?? 0) + 1);
      const acks = [...counts.keys()].map((at) =>
        ack(
          at,
          got.filter((one) => one.peer === at).map(({ delivery }) => delivery),
        ),
      );
      leaving = broker.run(...acks);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(100);
  });

  it('a consumer 100 times slower costs the others less than 5 %', () => {
    const [alone = 0, beside = 0] = shares(20, [4, 4], 4_000, 3);
    const [first = 0, second = 0, slow = 0] = shares(20, [4, 4, 400], 4_000, 3);
    expect(first + second).toBeGreaterThan((alone + beside) * 0.95);
    expect(slow).toBeGreaterThan(0);
  });

  it('no queue waits for the backlog of another, also beyond what one turn hands over', () => {
    const names = Array.from({ length: 30 }, (_, i) => `queue-${i}`);
    const broker = aBroker();
    for (const name of names) broker.declare(name);
    for (const name of names) broker.run(publish({ of: Array.from({ length: 1_024 }, () => name) }));
    names.forEach((name, i) => {
      broker.turn(
        register({
          peer: peer(100 + i),
          consumer: name,
          queue: name,
          windowMessages: 1_024,
          acks: false,
          windowBytes: 8_000_000,
        }),
      );
    });
    broker.run();
    for (const name of names) expect(broker.queue(name).depth).toBe(0);
  });
});

describe('work-conserving', () => {
  const full = (): { broker: BrokerFixture; held: ReturnType<typeof received> } => {
    const broker = withQueue();
    const held = received(broker.run(consumer(A, { windowMessages: 2 }), publish({ of: numbered(4) })));
    expect(held.map(({ body }) => body)).toEqual(['1', '2']);
    return { broker, held };
  };

  it('an ack brings the next message in the same turn', () => {
    const { broker, held } = full();
    expect(bodies(broker.turn(ack(A, [held[0]?.delivery ?? 0])))).toEqual(['3']);
  });

  it('a nack brings the next message in the same turn', () => {
    const { broker, held } = full();
    expect(bodies(broker.turn(nack(A, held[0]?.delivery ?? 0)))).toEqual(['3']);
    expect(bodies(broker.turn(nack(A, held[1]?.delivery ?? 0, 'terminal')))).toEqual(['4']);
  });

  it('a timeout brings the next messages without any word of a client', () => {
    const { broker } = full();
    expect(bodies(broker.advance(30_100))).toEqual(['3', '4']);
  });

  it('a consumer that deregisters leaves its messages to the others in the same turn', () => {
    const broker = withQueue();
    broker.run(consumer(A), publish({ of: numbered(2) }));
    broker.run(consumer(B));
    expect(bodies(broker.turn({ type: 'deregister', peer: A }), B)).toEqual(['1', '2']);
  });

  it('a connection that goes leaves its messages to the others in the same turn', () => {
    const broker = withQueue();
    broker.run(consumer(A), publish({ of: numbered(3) }));
    broker.run(consumer(B));
    expect(bodies(broker.turn({ type: 'peer-gone', peer: A, cause: 'gone' }), B)).toEqual(['1', '2', '3']);
  });

  it('a blocked peer is given nothing, and what waits when it takes again', () => {
    const broker = withQueue();
    broker.run(consumer(A), { type: 'peer-blocked', peer: A, blocked: true });
    expect(bodies(broker.run(publish({ of: numbered(2) })))).toEqual([]);
    expect(bodies(broker.turn({ type: 'peer-blocked', peer: A, blocked: false }))).toEqual(['1', '2']);
  });

  it('a queue that is deleted frees the windows that its messages filled', () => {
    const broker = withQueue('other');
    const both = register({ peer: A, consumer: 'both', subscriptions: ['q', 'other'], windowMessages: 2 });
    broker.run(both, publish({ of: numbered(2) }));
    expect(bodies(broker.run(publish({ of: ['other'] })))).toEqual([]);
    const leaving = broker.run({
      type: 'delete-queue',
      request: anOperatorRequest(),
      tenant: '',
      name: 'q',
      force: true,
    });
    expect(bodies(leaving)).toEqual(['other']);
  });

  it('a deleted queue is not dispatched from when what it waited for comes', () => {
    const broker = withQueue();
    broker.run(consumer(A));
    broker.turn(publish({ of: numbered(2) }));
    broker.turn({ type: 'delete-queue', request: anOperatorRequest(), tenant: '', name: 'q', force: true });
    expect(bodies(broker.run())).toEqual([]);
  });

  it('a consumer that comes finds the backlog', () => {
    const broker = withQueue();
    broker.run(publish({ of: numbered(3) }));
    expect(bodies(broker.run(consumer(A)))).toEqual(['1', '2', '3']);
  });
});

describe('order', () => {
  it('is by sequence, also of what came back', () => {
    const broker = withQueue();
    const held = received(broker.run(consumer(A, { windowMessages: 4 }), publish({ of: numbered(8) })));
    broker.run(consumer(B, { windowMessages: 1 }));
    const back = broker.run(...[2, 0].map((i) => nack(A, held[i]?.delivery ?? 0, 'returned')));
    expect(bodies(back, B)).toEqual([]);
    const again = broker.run(
      { type: 'deregister', peer: B },
      { type: 'deregister', peer: A },
      consumer(A, { windowMessages: 100 }),
    );
    expect(bodies(again)).toEqual(numbers(8));
  });

  it('holds for one that returns twice', () => {
    const broker = withQueue();
    let got = received(broker.run(consumer(A, { windowMessages: 1 }), publish({ of: numbered(3) })));
    for (let i = 0; i < 3; i += 1) {
      got = received(broker.run(nack(A, got[0]?.delivery ?? 0, 'returned')));
      expect(got.map(({ body, returned }) => [body, returned])).toEqual([['1', i + 1]]);
    }
    expect(bodies(broker.run(ack(A, [got[0]?.delivery ?? 0])))).toEqual(['2']);
  });

  it('puts a message whose retry has come before younger ones', () => {
    const broker = withQueue();
    const got = received(broker.run(consumer(A, { windowMessages: 1 }), publish({ of: numbered(3) })));
    const second = received(broker.run(nack(A, got[0]?.delivery ?? 0, 'retryable', { delayMs: 5 })));
    expect(second.map(({ body }) => body)).toEqual(['2']);
    broker.advance(10);
    expect(bodies(broker.run(ack(A, [second[0]?.delivery ?? 0])))).toEqual(['1']);
  });
});
