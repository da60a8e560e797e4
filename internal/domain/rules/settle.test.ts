// What consumers say of their deliveries, and what becomes of a message that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../repository/journal/format/byte-reader.ts';
import { ByteWriter } from '../../repository/journal/format/byte-writer.ts';
import { readEvent, writeEvent } from '../../repository/journal/format/event-codec.ts';
import { META_BYTES_MAX } from '../../repository/journal/format/layout.ts';
import {
  aBroker,
  ack,
  type BrokerFixture,
  bodies,
  codes,
  effectsOf,
  nack,
  peer,
  publish,
  type Received,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { leaseOf, leasesOf } from '../entry-moves.ts';
import type { Event } from '../event.ts';
import { asDeliveryId, asSequence } from '../ids.ts';
import { DEFAULT_QUEUE_POLICY, type QueuePolicy } from '../queue-policy.ts';
import { backoffMs } from './failure.ts';

const A = peer(11);
const B = peer(12);

/** The last event, as the journal writes it. */
function written(broker: BrokerFixture): Uint8Array {
  const to = new ByteWriter();
  writeEvent(to, broker.journal.events.at(-1)?.event as Event);
  return to.written();
}
const reread = (bytes: Uint8Array): Event | null => readEvent(new ByteReader(bytes), () => true);

interface Held {
  readonly broker: BrokerFixture;
  readonly got: Received[];
}

/** A queue whose first consumer, A, holds `count` messages. */
const held = (count: number, options: Parameters<typeof aBroker>[0] = {}): Held => {
  const broker = aBroker(options);
  broker.declare('q');
  const of = Array.from({ length: count }, (_, i) => ({ topic: 'q', body: String(i + 1) }));
  return { broker, got: received(broker.run(register({ peer: A, consumer: 'a', queue: 'q' }), publish({ of }))) };
};
const first = ({ got }: Held): number => got[0]?.delivery ?? 0;
const extend = (from: ReturnType<typeof peer>, deliveries: readonly number[], byMs: number | null = null) =>
  ({ type: 'extend', peer: from, deliveries: deliveries.map(asDeliveryId), byMs, request: null }) as const;
const again = (leaving: ReturnType<BrokerFixture['run']>): Received => {
  const [one] = received(leaving);
  if (one === undefined) throw new Error('nothing was delivered');
  return one;
};

describe('ack', () => {
  it('settles once, however often its delivery is named', () => {
    const { broker, got } = held(2);
    broker.run(ack(A, [got[0]?.delivery ?? 0, got[0]?.delivery ?? 0]));
    expect(broker.queue('q').depth).toBe(1);
    expect(broker.state.counters).toMatchObject({ acked: 1, staleAcks: 0 });
  });

  it('with a request is answered when the settlement is durable, with what was refused', () => {
    const { broker, got } = held(2);
    expect(effectsOf(broker.turn(ack(A, [got[0]?.delivery ?? 0, 10_000_000], 42)), 'acked')).toEqual([]);
    broker.journal.sync();
    expect(effectsOf(broker.turn(), 'acked')).toMatchObject([{ request: 42, refused: [{ code: 'UNKNOWN_DELIVERY' }] }]);
  });

  it('that is stale is refused and reported, never applied', () => {
    const those = held(1);
    const { broker } = those;
    broker.run(nack(A, first(those), 'returned'));
    const leaving = broker.run(ack(A, [first(those)]));
    expect(codes(leaving, A)).toEqual(['STALE_DELIVERY']);
    expect(broker.queue('q').leased).toBe(1);
    expect(broker.state.counters.staleAcks).toBe(1);
  });

  it('from another session is refused, also by the same consumer id on a new one', () => {
    const those = held(1);
    const { broker } = those;
    broker.run(register({ peer: B, consumer: 'b', queue: 'q' }));
    expect(codes(broker.run(ack(B, [first(those)])))).toEqual(['FOREIGN_DELIVERY']);
    broker.run(register({ peer: peer(13), consumer: 'a', queue: 'q' }));
    expect(codes(broker.run(ack(A, [first(those)])))).toEqual(['NOT_REGISTERED']);
    expect(codes(broker.run(ack(peer(13), [first(those)])))).toEqual(['STALE_DELIVERY']);
    expect(broker.queue('q').depth).toBe(1);
  });

  it('of a delivery that was never made is unknown', () => {
    const { broker } = held(1);
    expect(codes(broker.run(ack(A, [0, 77])))).toEqual(['UNKNOWN_DELIVERY', 'UNKNOWN_DELIVERY']);
  });

  it('of one delivery leaves another of the same body alone', () => {
    const broker = aBroker();
    broker.declare('q');
    const twin = { topic: 'q', body: 'the same message id' };
    const got = received(broker.run(register({ peer: A, queue: 'q' }), publish({ of: [twin, twin] })));
    expect(new Set(got.map(({ delivery }) => delivery)).size).toBe(2);
    broker.run(ack(A, [got[1]?.delivery ?? 0]));
    expect(leasesOf(broker.state, broker.queue('q')).map((lease) => lease.sequence)).toEqual([got[0]?.sequence]);
  });
});

describe('nack', () => {
  it('counts failures and returns apart, and each delivery says both', () => {
    const those = held(1);
    const { broker } = those;
    const returned = again(broker.run(nack(A, first(those), 'returned')));
    expect(returned).toMatchObject({ attempt: 1, returned: 1 });
    broker.run(nack(A, returned.delivery));
    const failed = again(broker.advance(1_000));
    expect(failed).toMatchObject({ attempt: 2, returned: 1 });
    expect(failed.delivery).toBeGreaterThan(returned.delivery);
    expect(broker.state.counters).toMatchObject({ nacked: 1, retried: 1, returned: 1, deadLettered: 0 });
  });

  it('retryable waits for the backoff, and no longer', () => {
    const those = held(1, { policy: { backoffInitialMs: 1_000, backoffJitter: 0.5 } });
    const { broker } = those;
    const at = broker.nowMs;
    broker.run(nack(A, first(those)));
    const retryAt = broker.state.retries.nextMs;
    expect(retryAt).toBeGreaterThanOrEqual(at + 500);
    expect(retryAt).toBeLessThanOrEqual(at + 1_000);
    expect(bodies(broker.advance(retryAt - at - 1))).toEqual([]);
    expect(bodies(broker.advance(1))).toEqual(['1']);
  });

  it('may name its own delay', () => {
    const those = held(1);
    those.broker.run(nack(A, first(those), 'retryable', { delayMs: 7_000 }));
    expect(bodies(those.broker.advance(6_999))).toEqual([]);
    expect(bodies(those.broker.advance(1))).toEqual(['1']);
  });

  it('at the last attempt dead-letters, in one event with the whole history', () => {
    const those = held(1, { policy: { attemptsMax: 3 } });
    const { broker } = those;
    broker.run(nack(A, first(those), 'retryable', { reason: 'first' }));
    broker.run(nack(A, again(broker.advance(1_000)).delivery, 'retryable', { reason: 'second' }));
    const last = again(broker.advance(2_000));
    const events = broker.journal.events.length;
    broker.run(nack(A, last.delivery, 'retryable', { reason: 'third' }));
    const made = broker.journal.events.slice(events).map(({ event }) => event);
    expect(made).toMatchObject([{ type: 'dead-lettered', cause: 'attempts_exhausted', sequence: 1 }]);
    const letter = broker.queue('q').dead.get(asSequence(1));
    expect(letter?.history.map(({ attempt, reason, consumer, cause }) => [attempt, reason, consumer, cause])).toEqual([
      [1, 'first', 'a', 'nack_retryable'],
      [2, 'second', 'a', 'nack_retryable'],
      [3, 'third', 'a', 'nack_retryable'],
    ]);
    expect(broker.queue('q')).toMatchObject({ depth: 0, ready: 0 });
    expect(bodies(broker.advance(1_000_000))).toEqual([]);
  });

  it('terminal dead-letters at once', () => {
    const those = held(2);
    those.broker.run(nack(A, first(those), 'terminal', { reason: 'unreadable' }));
    expect(those.broker.queue('q').dead.get(asSequence(1))).toMatchObject({
      cause: 'nack_terminal',
      reason: 'unreadable',
    });
    expect(those.broker.queue('q').depth).toBe(1);
  });

  it.each([
    ['whole, up to the limit of the wire', 'x'.repeat(1_024), 'x'.repeat(1_024)],
    ['cut between characters beyond it', `${'x'.repeat(1_021)}\u{1f600}y`, 'x'.repeat(1_021)],
    ['with what can be written instead of half a character', 'a\ud83d', 'a\ufffd'],
  ])('keeps a reason %s', (_how, said, kept) => {
    const those = held(1);
    those.broker.run(nack(A, first(those), 'terminal', { reason: said }));
    const letter = those.broker.queue('q').dead.get(asSequence(1));
    expect([letter?.reason, letter?.history.at(-1)?.reason]).toEqual([kept, kept]);
    expect(reread(written(those.broker))).toMatchObject({ reason: kept });
  });

  it('keeps the beginning of a reason where only reserved room is left', () => {
    const those = held(1);
    those.broker.journal.setRoom(0, 1_000_000);
    those.broker.run(nack(A, first(those), 'terminal', { reason: 'ä'.repeat(500) }));
    expect(those.broker.queue('q').dead.get(asSequence(1))?.reason).toBe('ä'.repeat(64));
  });

  it('of very many attempts with the longest reasons makes a dead letter that fits a group', () => {
    const reason = '\u0001'.repeat(1_024);
    const those = held(1, { policy: { attemptsMax: 255, backoffMaxMs: 1_000 } });
    let delivery = first(those);
    for (let i = 1; i < 255; i += 1) {
      those.broker.run(nack(A, delivery, 'retryable', { reason }));
      delivery = again(those.broker.advance(1_000)).delivery;
    }
    those.broker.run(nack(A, delivery, 'retryable', { reason }));
    const history = those.broker.queue('q').dead.get(asSequence(1))?.history ?? [];
    expect(history).toHaveLength(255);
    expect([history.at(-1)?.reason, history[0]?.reason]).toEqual([reason, '']);
    expect(written(those.broker).length).toBeLessThan(META_BYTES_MAX);
  });

  it('returned too often dead-letters: a message that kills its consumers must end somewhere', () => {
    const broker = aBroker({ policy: { returnsMax: 3 } });
    broker.declare('q');
    broker.run(publish({ of: ['q'] }));
    for (let i = 0; i < 4; i += 1) {
      expect(bodies(broker.run(register({ peer: peer(20 + i), consumer: 'c', queue: 'q' })))).toEqual(['q']);
      broker.run({ type: 'peer-gone', peer: peer(20 + i), cause: 'gone' });
    }
    expect(broker.queue('q').dead.get(asSequence(1))).toMatchObject({ cause: 'returns_exhausted' });
    expect(broker.state.counters).toMatchObject({ returned: 3, deadLettered: 1 });
  });

  it('with full dead letters loses nothing: the message tries again at the longest delay', () => {
    const { broker, got } = held(3, { limits: { deadLettersMax: 1 }, policy: { backoffMaxMs: 5_000 } });
    const items = got.map(({ delivery }) => ({ delivery, status: 'terminal' as const, reason: '', delayMs: null }));
    broker.run({ type: 'nack', peer: A, items, request: null });
    expect(broker.state.deadLetters).toBe(1);
    expect(broker.queue('q')).toMatchObject({ depth: 2, waiting: 2 });
    expect(bodies(broker.advance(4_999))).toEqual([]);
    expect(bodies(broker.advance(1))).toEqual(['2', '3']);
  });

  it('for ever keeps a bounded history', () => {
    const those = held(1, { limits: { deadLettersMax: 0 }, policy: { backoffMaxMs: 1_000, attemptsMax: 1 } });
    let delivery = first(those);
    for (let i = 0; i < 300; i += 1) {
      those.broker.run(nack(A, delivery));
      delivery = again(those.broker.advance(1_000)).delivery;
    }
    expect(those.broker.queue('q').histories.get(asSequence(1))).toHaveLength(255);
  });
});

describe('backoff', () => {
  it('grows to its bound, and chance takes away at most its share', () => {
    const policy = fc.record({
      backoffInitialMs: fc.nat(10_000),
      backoffMaxMs: fc.nat(1_000_000),
      backoffFactor: fc.double({ min: 1, max: 100, noNaN: true }),
      backoffJitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(policy, fc.integer({ min: 1, max: 256 }), chance, (over, failures, luck) => {
        const full: QueuePolicy = { ...DEFAULT_QUEUE_POLICY, ...over };
        const delay = backoffMs(full, failures, luck);
        const most = backoffMs(full, failures, 0);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(most * (1 - full.backoffJitter)) - 1);
        expect(delay).toBeLessThanOrEqual(most);
        expect(most).toBeLessThanOrEqual(full.backoffMaxMs);
        expect(backoffMs(full, failures + 1, 0)).toBeGreaterThanOrEqual(most);
      }),
    );
  });

  it('is a number also where its growth is not', () => {
    const policy = { ...DEFAULT_QUEUE_POLICY, backoffInitialMs: 0, backoffFactor: 100 };
    expect(backoffMs(policy, 256, 0.5)).toBe(0);
  });

  it('doubles by default', () => {
    const policy = { ...DEFAULT_QUEUE_POLICY, backoffJitter: 0 };
    expect([1, 2, 3, 20].map((failures) => backoffMs(policy, failures, 0.9))).toEqual([500, 1_000, 2_000, 60_000]);
  });
});

describe('extend', () => {
  it('keeps the delivery for the time said, from now', () => {
    const { broker, got } = held(2, { policy: { leaseMs: 1_000 } });
    broker.advance(900);
    broker.run(extend(A, [got[0]?.delivery ?? 0], 5_000));
    broker.advance(4_900);
    expect(leasesOf(broker.state, broker.queue('q')).map((lease) => lease.sequence)).toContain(got[0]?.sequence);
    expect(broker.state.counters.timedOut).toBeGreaterThanOrEqual(1);
    expect(codes(broker.run(ack(A, [got[0]?.delivery ?? 0, got[1]?.delivery ?? 0])))).toEqual(['STALE_DELIVERY']);
  });

  it('takes nothing away from a lease that ends later', () => {
    const { broker, got } = held(1, { policy: { leaseMs: 1_000 } });
    broker.run(extend(A, [got[0]?.delivery ?? 0], 200));
    broker.advance(900);
    expect(codes(broker.run(ack(A, [got[0]?.delivery ?? 0])))).toEqual([]);
    expect(broker.state.counters.acked).toBe(1);
  });

  it("takes the queue's lease where no time is said, and refuses what it may not extend", () => {
    const those = held(1, { policy: { leaseMs: 1_000 } });
    those.broker.advance(500);
    expect(codes(those.broker.run(extend(A, [first(those), 99_999])))).toEqual(['UNKNOWN_DELIVERY']);
    expect(leaseOf(those.broker.state, those.broker.queue('q'), asSequence(1))?.deadlineMs).toBe(
      those.broker.nowMs + 1_000,
    );
    expect(codes(those.broker.run(extend(B, [first(those)])))).toEqual(['NOT_REGISTERED']);
  });
});
