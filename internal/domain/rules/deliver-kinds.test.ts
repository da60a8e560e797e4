// Ways to be given messages that are not a push with acks: fetch, at most once, and bodies that cannot be read.

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
import { positionAt } from '../entry-table.ts';
import { asSequence, type PeerId } from '../ids.ts';

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

describe('fetch', () => {
  const pulling = (): BrokerFixture => {
    const broker = withQueue();
    broker.run(consumer(A, { pull: true }), publish({ of: numbered(10) }));
    return broker;
  };
  const fetch = (count: number, waitMs: number, request: number | null = null) =>
    ({ type: 'fetch', peer: A, count, waitMs, request }) as const;

  it('gives a pulling consumer what it asked for and no more', () => {
    const broker = pulling();
    expect(bodies(broker.left, A)).toEqual([]);
    const got = broker.run(fetch(3, 1_000));
    expect(bodies(got)).toEqual(['1', '2', '3']);
    expect(
      bodies(
        broker.run(
          ack(
            A,
            received(got).map(({ delivery }) => delivery),
          ),
        ),
      ),
    ).toEqual([]);
    expect(bodies(broker.run(fetch(2, 1_000)))).toEqual(['4', '5']);
  });

  it('that waits for nothing gives what is there', () => {
    const broker = pulling();
    expect(bodies(broker.run(fetch(4, 0)))).toEqual(numbers(4));
    broker.run(fetch(50, 0, 7));
    expect(effectsOf(broker.advance(5), 'fetch-ended')).toMatchObject([{ request: 7, count: 50, delivered: 6 }]);
    expect(bodies(broker.run(publish({ of: numbered(2) })))).toEqual([]);
  });

  it('waits for its time, gives what comes meanwhile, and says when it waits no longer', () => {
    const broker = pulling();
    broker.run(fetch(10, 0));
    broker.run(fetch(5, 500));
    expect(effectsOf(broker.advance(400), 'fetch-ended')).toHaveLength(0);
    expect(bodies(broker.run(publish({ of: numbered(2, 11) })))).toEqual(['11', '12']);
    expect(effectsOf(broker.advance(101), 'fetch-ended')).toMatchObject([{ request: null, count: 5, delivered: 2 }]);
    expect(bodies(broker.run(publish({ of: numbered(2) })))).toEqual([]);
  });

  it('that the next one replaces says what it was given', () => {
    const broker = pulling();
    broker.run(fetch(20, 1_000, 1));
    const replaced = broker.run(fetch(3, 500, 2), publish({ of: numbered(2, 11) }));
    expect(effectsOf(replaced, 'fetch-ended')).toMatchObject([{ request: 1, count: 20, delivered: 10 }]);
    expect(bodies(replaced)).toEqual(['11', '12']);
    expect(effectsOf(broker.advance(501), 'fetch-ended')).toMatchObject([{ request: 2, count: 3, delivered: 2 }]);
    expect(effectsOf(broker.run(fetch(1, 0, 3)), 'fetch-ended')).toEqual([]);
  });

  it('that got all it asked for does not end a second time', () => {
    const broker = pulling();
    broker.run(fetch(3, 500));
    expect(effectsOf(broker.advance(1_000), 'fetch-ended')).toEqual([]);
    expect(broker.state.waitingSessions.size).toBe(0);
  });

  it('is refused to a consumer that is pushed to, and to nobody', () => {
    const broker = withQueue();
    expect(codes(broker.run(fetch(1, 1)))).toEqual(['NOT_REGISTERED']);
    broker.run(consumer(A));
    expect(codes(broker.run(fetch(1, 1)))).toEqual(['INVALID_ARGUMENT']);
    expect(bodies(broker.run(publish({ of: numbered(2) })))).toEqual(['1', '2']);
  });

  it('of a resumable consumer that goes does not outlive its grace', () => {
    const broker = withQueue();
    broker.run(consumer(A, { pull: true, resumable: true }), publish({ of: numbered(2) }));
    broker.run(fetch(5, 100));
    broker.run({ type: 'peer-gone', peer: A, cause: 'gone' });
    broker.advance(10_001);
    expect(broker.state.sessions.size).toBe(0);
    expect(broker.queue('q').ready).toBe(2);
  });
});

describe('at most once', () => {
  it('is settled durably before the hand-over', () => {
    const broker = withQueue();
    broker.run(consumer(A, { acks: false }), { type: 'peer-blocked', peer: A, blocked: true });
    broker.run(publish({ of: numbered(3) }));
    expect(bodies(broker.turn({ type: 'peer-blocked', peer: A, blocked: false }))).toEqual([]);
    expect(broker.queue('q').depth).toBe(0);
    const durable = broker.journal.durable;
    expect(bodies(broker.turn())).toEqual([]);
    broker.journal.sync();
    expect(broker.journal.durable).toBeGreaterThan(durable);
    const leaving = broker.turn();
    expect(bodies(leaving)).toEqual(numbers(3));
    expect(received(leaving).every(({ delivery }) => delivery === 0)).toBe(true);
    expect(broker.state.leases.size).toBe(0);
  });

  it('keeps the window: what has not left yet takes its room', () => {
    const broker = withQueue();
    broker.run(publish({ of: numbered(5) }));
    broker.turn(consumer(A, { acks: false, windowMessages: 2 }));
    broker.turn();
    expect(broker.queue('q').depth).toBe(3);
    expect(bodies(broker.run())).toEqual(numbers(5));
    expect(broker.state.sessionByPeer.get(A)?.inflight).toBe(0);
  });

  it('is not given again after the consumer has gone', () => {
    const broker = withQueue();
    broker.run(consumer(A, { acks: false }), publish({ of: numbered(2) }));
    broker.run({ type: 'peer-gone', peer: A, cause: 'gone' }, consumer(B));
    expect(bodies(broker.left, B)).toEqual([]);
  });
});

describe('damaged bodies', () => {
  it('keep just their messages back, and the others flow', () => {
    const broker = withQueue();
    for (const number of numbers(6)) broker.run(publish({ of: [{ topic: 'q', body: number }] }));
    const place = broker.queue('q').entries.find(asSequence(2));
    broker.journal.damaged.add(place?.chunk.positionOf(place.row) as never);
    broker.journal.forgottenThrough = broker.journal.last;
    const leaving = broker.run(consumer(A, { windowMessages: 2 }));
    expect(bodies(leaving)).toEqual(['1', '3']);
    expect(
      bodies(
        broker.run(
          ack(
            A,
            received(leaving).map(({ delivery }) => delivery),
          ),
        ),
      ),
    ).toEqual(['4', '5']);
    expect(broker.observations).toMatchObject([{ type: 'body-damaged', queue: 'q', sequence: 2 }]);
    expect(broker.queue('q')).toMatchObject({ depth: 4, ready: 1 });
    expect(broker.stranded).toEqual([]);
  });

  it('found while a neighbour is out do not hold back what is ready', () => {
    const broker = withQueue();
    const [first, second] = received(broker.run(consumer(A, { windowMessages: 2 }), publish({ of: numbered(2) })));
    broker.run(publish({ of: numbered(2, 3) }));
    const place = broker.queue('q').entries.find(first?.sequence ?? asSequence(0));
    if (place === null) throw new Error('the first message is in the queue');
    broker.journal.damaged.add(positionAt(place));
    broker.journal.forgottenThrough = positionAt(place);
    broker.run(nack(A, first?.delivery ?? 0, 'returned'));
    expect(broker.queue('q').unreadable.size).toBe(1);
    expect(broker.stranded).toEqual([]);
    expect(bodies(broker.run(ack(A, [second?.delivery ?? 0]))).at(-1)).toBe('4');
  });

  it('go with a purge', () => {
    const broker = withQueue();
    broker.run(publish({ of: numbered(1) }));
    broker.journal.damaged.add(broker.journal.last);
    broker.journal.forgottenThrough = broker.journal.last;
    broker.run(consumer(A));
    expect(broker.queue('q').unreadable.size).toBe(1);
    broker.run({ type: 'purge-queue', request: anOperatorRequest(), tenant: '', name: 'q' });
    expect(broker.queue('q')).toMatchObject({ depth: 0, ready: 0 });
  });
});
