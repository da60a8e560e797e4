// Atomic batches beside what cuts publishes into pieces: turns at a bound, and waiting for room.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Publish } from '../domain/command.ts';
import { asProducerId } from '../domain/ids.ts';
import { type Bounds, NO_QUOTAS, UNBOUNDED } from '../domain/quotas.ts';
import { DEFAULT_THROTTLES, type Throttles } from '../domain/throttles.ts';
import {
  aBroker,
  ack,
  type BrokerFixture,
  effectsOf,
  helloNew,
  peer,
  publish,
  received,
  register,
} from '../testing/fixtures/a-broker.ts';
import { fairOrder, PIECE_MESSAGES } from './fair-order.ts';

function bounded(all: Partial<Bounds>, throttles: Partial<Throttles> = {}): BrokerFixture {
  const quotas = { ...NO_QUOTAS, all: { ...UNBOUNDED, ...all }, throttles: { ...DEFAULT_THROTTLES, ...throttles } };
  const broker = aBroker({ limits: { quotas } });
  broker.declare('q');
  for (const n of [1, 2]) broker.run(helloNew(peer(n)));
  return broker;
}

const said = (n: number, count: number, over: Partial<Publish>, firstSequence = 1): Publish => ({
  ...publish({ peer: peer(n), producer: asProducerId(n), firstSequence, of: Array.from({ length: count }, () => 'q') }),
  ...over,
});
const batch = (n: number, count: number, waits: boolean, firstSequence = 1): Publish =>
  said(n, count, { atomic: true, waits }, firstSequence);

/** Lengths of the runs that were accepted of one producer. */
const runsOf = (broker: BrokerFixture, n: number): number[] =>
  broker.journal.events.flatMap(({ event }) =>
    event.type === 'accepted' && event.producer === n ? [event.lengths.length] : [],
  );
const codesOf = (broker: BrokerFixture, n: number): string[] =>
  effectsOf(broker.left, 'published', peer(n)).flatMap(({ refusals }) => refusals.map(({ code }) => code));

function settleSome(broker: BrokerFixture, messages: number): void {
  broker.run(register({ queue: 'q', windowMessages: messages }));
  const given = received(broker.left).slice(-messages);
  const words = ack(
    peer(10),
    given.map(({ delivery }) => delivery),
  );
  broker.run({ type: 'peer-blocked', peer: peer(10), blocked: true }, words);
}

describe('turns at a bound', () => {
  it('cut what others say into pieces, and a batch never', () => {
    const broker = bounded({ ingress: 100 });
    const whole = batch(1, 3 * PIECE_MESSAGES, false);
    const order = fairOrder(broker.state, [whole, said(2, 3 * PIECE_MESSAGES, {})], 0, 0);
    expect(order).toContain(whole);
    expect(order.length).toBe(1 + 3);
  });

  it('take a batch as one event, or refuse it whole', () => {
    for (const [ingress, runs] of [
      [5 * PIECE_MESSAGES, [4 * PIECE_MESSAGES]],
      [3 * PIECE_MESSAGES, []],
    ] as const) {
      const broker = bounded({ ingress });
      broker.run(batch(1, 4 * PIECE_MESSAGES, false), said(2, 4 * PIECE_MESSAGES, {}));
      expect(runsOf(broker, 1)).toEqual(runs);
      expect(codesOf(broker, 1).length).toBe(runs.length === 0 ? 4 * PIECE_MESSAGES : 0);
    }
  });
});

describe('a batch that waits for room', () => {
  it('waits as one, with what room there is left alone, and is taken as one event', () => {
    const broker = bounded({ ingress: 5 });
    broker.run(said(2, 3, {}));
    broker.run(batch(1, 4, true));
    broker.run(said(1, 1, { waits: true }, 5));
    expect([broker.queue('q').depth, broker.broker.held]).toEqual([3, 1]);
    expect(broker.state.counters).toMatchObject({ heldBack: 5, refused: 0 });
    expect(effectsOf(broker.left, 'published', peer(1))).toEqual([]);
    settleSome(broker, 3);
    broker.advance(250);
    expect(runsOf(broker, 1)).toEqual([4, 1]);
    expect(codesOf(broker, 1)).toEqual([]);
    expect(broker.broker.held).toBe(0);
  });

  it('for which there can never be room is refused at once, and keeps nobody behind it waiting', () => {
    const broker = bounded({ ingress: 5 });
    broker.run(batch(1, 6, true), said(1, 1, { waits: true }, 7));
    const [answer] = effectsOf(broker.left, 'published', peer(1));
    expect(answer?.refusals.map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
      ...Array.from({ length: 5 }, () => ['BATCH_REFUSED', undefined]),
      ['BUSY', undefined],
    ]);
    expect([runsOf(broker, 1), broker.broker.held]).toEqual([[1], 0]);
  });

  it('and has a message at fault before the one without room is refused, not held', () => {
    const broker = bounded({ ingress: 2 });
    broker.run(said(2, 2, {}));
    broker.run({ ...publish({ producer: asProducerId(1), of: ['nowhere', 'q'] }), atomic: true, waits: true });
    expect(codesOf(broker, 1)).toEqual(['UNROUTABLE', 'BATCH_REFUSED']);
    expect(broker.broker.held).toBe(0);
  });

  it('larger than a throttle lets pass at once goes when the bucket is full, and its debt is paid', () => {
    const rate = { messages: 10, bytes: Number.POSITIVE_INFINITY, burstMs: 400 };
    const broker = bounded({}, { publish: [{ scope: 'topic', match: '>', tenant: null, rate }] });
    broker.run(said(1, 1, {}));
    broker.run(batch(1, 12, true, 2), said(1, 1, { waits: true }, 14));
    broker.advance(50);
    expect(runsOf(broker, 1)).toEqual([1]);
    broker.advance(100);
    expect(runsOf(broker, 1)).toEqual([1, 12]);
    // Eight are owed, and one more is to be there.
    broker.advance(800);
    expect(runsOf(broker, 1)).toEqual([1, 12]);
    broker.advance(150);
    expect(runsOf(broker, 1)).toEqual([1, 12, 1]);
    expect(broker.state.counters.throttled).toBe(0);
  });

  it('is there whole or not at all over random loads, and each message is answered once', () => {
    const loads = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 70 }), fc.boolean(), fc.boolean()),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 100 }), (turn, ingress) => {
        const broker = bounded({ ingress });
        const next = [1, 1, 1];
        const batches: { n: number; from: number; count: number }[] = [];
        const commands = turn.map(([n, count, atomic, waits]) => {
          const from = next[n] as number;
          next[n] = from + count;
          if (atomic) batches.push({ n, from, count });
          return said(n, count, { atomic, waits }, from);
        });
        broker.run(...commands);
        broker.run(register({ queue: 'q', acks: false, windowMessages: 1_000 }));
        for (let turns = 0; turns < 50 && broker.broker.held > 0; turns += 1) broker.advance(250);
        expect(broker.broker.held).toBe(0);
        for (const n of [1, 2]) {
          const answers = effectsOf(broker.left, 'published', peer(n));
          expect(answers.reduce((sum, { count }) => sum + count, 0)).toBe((next[n] as number) - 1);
        }
        const runs = broker.journal.events.flatMap(({ event }) => (event.type === 'accepted' ? [event] : []));
        for (const { n, from, count } of batches) {
          const within = runs.filter(
            ({ producer, firstProducerSequence: first, lengths }) =>
              producer === n && first < from + count && first + lengths.length > from,
          );
          const whole = within.filter(
            ({ firstProducerSequence, lengths }) => firstProducerSequence === from && lengths.length === count,
          );
          expect(within.length).toBe(whole.length);
          expect(whole.length).toBeLessThan(2);
        }
      }),
      { seed: 7, numRuns: 40 },
    );
  });
});
