// Atomic batches through the whole turn: one event or none, and what each message is told.

import { describe, expect, it } from 'vitest';
import { BATCH_MESSAGES_MAX } from '../../../pkg/protocol/limits.ts';
import {
  aBroker,
  type BrokerFixture,
  bodies,
  effectsOf,
  helloNew,
  peer,
  publish,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { asProducerId } from '../ids.ts';

const PRODUCER = asProducerId(1);

type Of = Parameters<typeof publish>[0]['of'];
const batch = (of: Of, firstSequence = 1) => ({ ...publish({ producer: PRODUCER, firstSequence, of }), atomic: true });

function withQueues(...names: readonly string[]): BrokerFixture {
  const broker = aBroker();
  for (const name of names) broker.declare(name);
  broker.run(helloNew(peer(1)));
  return broker;
}

const answer = (broker: BrokerFixture, ...commands: Parameters<BrokerFixture['run']>) =>
  effectsOf(broker.run(...commands), 'published').at(-1);
const accepted = (broker: BrokerFixture) =>
  broker.journal.events.map(({ event }) => event).filter(({ type }) => type === 'accepted');

describe('an atomic batch', () => {
  it('to several queues is one event and one confirm', () => {
    const broker = withQueues('a', 'b');
    expect(answer(broker, batch(['a', 'b', 'a']))).toMatchObject({ count: 3, refusals: [], durability: 'journal' });
    expect(accepted(broker)).toMatchObject([{ firstProducerSequence: 1, lengths: [1, 1, 1] }]);
    expect([broker.queue('a').depth, broker.queue('b').depth]).toEqual([2, 1]);
  });

  it('is one event also where its messages would be several runs', () => {
    const broker = withQueues('a');
    const body = 'x'.repeat(100_000);
    const big = Array.from({ length: 5 }, () => ({ topic: 'a', body }));
    expect(answer(broker, batch(big))).toMatchObject({ refusals: [] });
    expect(accepted(broker)).toHaveLength(1);
  });

  it('with one message at fault is refused whole: that one with its code, the others with its name', () => {
    const broker = withQueues('a');
    const before = broker.state.nextSequence;
    const refused = answer(broker, batch(['a', 'nowhere', 'a', '_reserved']));
    expect(refused?.refusals).toMatchObject([
      { index: 0, code: 'BATCH_REFUSED', detail: 'message 1 of the batch: UNROUTABLE' },
      { index: 1, code: 'UNROUTABLE' },
      { index: 2, code: 'BATCH_REFUSED' },
      { index: 3, code: 'RESERVED_TOPIC' },
    ]);
    expect([broker.queue('a').depth, broker.state.nextSequence, accepted(broker)]).toEqual([0, before, []]);
    expect(broker.state.counters).toMatchObject({ ingress: 4, refused: 4, published: 0 });
  });

  it('that was refused is new when it comes again', () => {
    const broker = withQueues('a');
    answer(broker, batch(['a', 'later']));
    broker.declare('later');
    expect(answer(broker, batch(['a', 'later']))).toMatchObject({ refusals: [], duplicates: [] });
  });

  it('that was accepted is a duplicate when it comes again', () => {
    const broker = withQueues('a');
    answer(broker, batch(['a', 'a']));
    expect(answer(broker, batch(['a', 'a']))).toMatchObject({ duplicates: [0, 1], refusals: [] });
    expect(broker.queue('a').depth).toBe(2);
  });

  it('of which a part was accepted before is refused', () => {
    const broker = withQueues('a');
    answer(broker, batch(['a']));
    const refused = answer(broker, batch(['a', 'a', 'a']));
    expect(refused?.refusals.map(({ code }) => code)).toEqual(['BATCH_REFUSED', 'BATCH_REFUSED', 'BATCH_REFUSED']);
    expect(broker.queue('a').depth).toBe(1);
  });

  it('takes messages that are due later, and is delivered when it is durable', () => {
    const broker = withQueues('a');
    broker.run(register({ subscriptions: ['a'] }));
    const times = { due: { afterMs: 1_000 }, expiry: null };
    const later = batch([
      { topic: 'a', body: 'now' },
      { topic: 'a', body: 'later' },
    ]);
    const [first, second] = later.messages;
    if (first === undefined || second === undefined) throw new Error('two messages');
    const given = { ...later, messages: [first, { ...second, times }] };
    expect(bodies(broker.turn(given))).toEqual([]);
    expect(bodies(broker.run())).toEqual(['now']);
    expect(broker.queue('a').scheduled).toBe(1);
  });

  it('cannot hold what would be kept nowhere', () => {
    const broker = withQueues('a');
    const refused = answer(broker, batch(['a', { topic: 'a', mode: 'fanout' }]));
    expect(refused?.refusals).toMatchObject([{ code: 'BATCH_REFUSED' }, { code: 'NOT_SUPPORTED' }]);
  });

  it.each([
    ['more messages', Array.from({ length: BATCH_MESSAGES_MAX + 1 }, () => 'a')],
    ['more bytes', Array.from({ length: 3 }, () => ({ topic: 'a', body: 'x'.repeat(400_000) }))],
  ])('of %s than one may have is refused before anything is accepted', (_, of) => {
    const broker = withQueues('a');
    const refused = answer(broker, batch(of));
    expect(new Set(refused?.refusals.map(({ code }) => code))).toEqual(new Set(['BATCH_TOO_LARGE']));
    expect(refused?.refusals).toHaveLength(of.length);
    expect(accepted(broker)).toEqual([]);
  });

  it('of one message has the bound of a message', () => {
    const broker = withQueues('a');
    expect(answer(broker, batch([{ topic: 'a', body: 'x'.repeat(2_000_000) }]))).toMatchObject({ refusals: [] });
  });
});
