// Publishing through the whole turn: what is confirmed, when, and what each refused message is told.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  anOperatorRequest,
  type BrokerFixture,
  bodies,
  effectsOf,
  helloAgain,
  helloNew,
  peer,
  publish,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { asProducerId } from '../ids.ts';
import type { RouteWish } from '../operator-command.ts';
import { SEQUENCE_WINDOW } from '../sequence-window.ts';

const PRODUCER = asProducerId(1);
const confirms = (leaving: ReturnType<BrokerFixture['turn']>) => effectsOf(leaving, 'published');

const addRoute = (broker: BrokerFixture, wish: Partial<RouteWish> & { pattern: string }): void => {
  const route: RouteWish = {
    tenant: '',
    kind: 'direct',
    queueName: wish.kind === 'fanout' ? '' : wish.pattern,
    priority: 0,
    enabled: true,
    exclusive: false,
    metadata: {},
    ...wish,
  };
  broker.run({ type: 'add-route', request: anOperatorRequest(), route });
};

const withProducer = (): BrokerFixture => {
  const broker = aBroker();
  broker.declare('orders');
  broker.run(helloNew(peer(1)));
  return broker;
};

describe('publish', () => {
  it('is confirmed only when the message is durable', () => {
    const broker = aBroker();
    broker.declare('orders');
    expect(confirms(broker.turn(publish({ of: ['orders', 'orders'] })))).toEqual([]);
    expect(confirms(broker.turn())).toEqual([]);
    broker.journal.sync();
    const [confirm] = confirms(broker.turn());
    expect(confirm).toMatchObject({ first: 1, count: 2, durability: 'journal', duplicates: [], refusals: [] });
    expect(broker.queue('orders').depth).toBe(2);
  });

  it('writes topics that lead to the same queues as one set', () => {
    const broker = aBroker();
    broker.declare('orders', { patterns: ['orders.*'] });
    broker.declare('audit', { patterns: ['orders.eu'] });
    broker.turn(publish({ of: ['orders.de', 'orders.fr', 'orders.eu', 'orders.it'] }));
    const accepted = broker.journal.events.find(({ event }) => event.type === 'accepted');
    expect(accepted?.event).toMatchObject({ sets: [[1], [1, 2]], setOf: [0, 0, 1, 0] });
  });

  it('is delivered only when the message is durable', () => {
    const broker = aBroker();
    broker.run(register({ subscriptions: ['orders'] }));
    expect(bodies(broker.turn(publish({ of: ['orders'] })))).toEqual([]);
    broker.journal.sync();
    expect(bodies(broker.turn())).toEqual(['orders']);
  });

  it('a republish is one message, and its confirm still waits for the first', () => {
    const broker = withProducer();
    broker.turn(publish({ producer: PRODUCER, firstSequence: 1, of: ['orders', 'orders'] }));
    broker.turn(publish({ producer: PRODUCER, firstSequence: 1, of: ['orders', 'orders', 'orders'] }));
    expect(confirms(broker.left)).toEqual([]);
    const [first, second] = confirms(broker.run());
    expect(first?.duplicates).toEqual([]);
    expect(second).toMatchObject({ first: 1, count: 3, duplicates: [0, 1] });
    expect(broker.queue('orders').depth).toBe(3);
  });

  it('two publishes of one turn see each other', () => {
    const broker = withProducer();
    const twice = publish({ producer: PRODUCER, firstSequence: 7, of: ['orders'] });
    broker.run(twice, twice);
    expect(broker.queue('orders').depth).toBe(1);
  });

  it('a number below the window is refused and never confirmed', () => {
    const broker = withProducer();
    broker.run(publish({ producer: PRODUCER, firstSequence: SEQUENCE_WINDOW + 10, of: ['orders'] }));
    const [confirm] = confirms(
      broker.run(publish({ producer: PRODUCER, firstSequence: 9, of: ['orders', 'orders', 'orders'] })),
    );
    expect(confirm?.refusals).toMatchObject([
      { index: 0, code: 'SEQUENCE_TOO_OLD' },
      { index: 1, code: 'SEQUENCE_TOO_OLD' },
    ]);
    expect(broker.queue('orders').depth).toBe(2);
  });

  it('a refused number is new when it comes again', () => {
    const broker = withProducer();
    broker.run(publish({ producer: PRODUCER, firstSequence: 1, of: ['nowhere', 'orders'] }));
    broker.declare('nowhere');
    const [confirm] = confirms(
      broker.run(publish({ producer: PRODUCER, firstSequence: 1, of: ['nowhere', 'orders'] })),
    );
    expect(confirm).toMatchObject({ duplicates: [1], refusals: [] });
    expect(broker.queue('nowhere').depth).toBe(1);
    expect(broker.queue('orders').depth).toBe(1);
  });

  it.each([0, -5, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER])(
    'a producer may not number a message %d',
    (firstSequence) => {
      const broker = withProducer();
      const [confirm] = confirms(broker.run(publish({ producer: PRODUCER, firstSequence, of: ['orders'] })));
      expect(confirm?.refusals).toMatchObject([{ code: 'INVALID_ARGUMENT' }]);
      expect(broker.queue('orders').depth).toBe(0);
    },
  );

  it('a second connection takes the producer over, and the first is refused', () => {
    const broker = withProducer();
    broker.run(publish({ producer: PRODUCER, firstSequence: 1, of: ['orders'] }));
    const [hello] = effectsOf(broker.run(helloAgain(peer(2), PRODUCER)), 'hello-ok');
    expect(hello?.producer).toMatchObject({ id: PRODUCER, epoch: 2, highestSequence: 1, token: null });
    const [refused] = confirms(broker.run(publish({ producer: PRODUCER, firstSequence: 2, of: ['orders'] })));
    expect(refused?.refusals).toMatchObject([{ code: 'UNKNOWN_PRODUCER' }]);
    const [taken] = confirms(
      broker.run(publish({ peer: peer(2), producer: PRODUCER, firstSequence: 1, of: ['orders', 'orders'] })),
    );
    expect(taken).toMatchObject({ duplicates: [0], refusals: [] });
    expect(broker.queue('orders').depth).toBe(2);
  });

  it('a producer comes back with its token only', () => {
    const broker = withProducer();
    const [refused] = effectsOf(broker.run(helloAgain(peer(2), PRODUCER, 'stolen')), 'refused');
    expect(refused?.refusal.code).toBe('UNKNOWN_PRODUCER');
    expect(confirms(broker.run(publish({ producer: PRODUCER, of: ['orders'] })))[0]?.refusals).toEqual([]);
  });

  it('an unroutable message is refused with the command that would keep it, and its neighbours are not', () => {
    const broker = aBroker();
    broker.declare('orders');
    const [confirm] = confirms(broker.run(publish({ of: ['orders', "it's.lost", 'orders'] })));
    expect(confirm?.refusals).toMatchObject([{ index: 1, code: 'UNROUTABLE' }]);
    expect(confirm?.refusals[0]?.detail).toContain(`tachyon queues declare NAME --bind 'it'\\''s.lost'`);
    expect(broker.queue('orders').depth).toBe(2);
    expect(broker.state.counters.unroutable).toBe(1);
  });

  it.each([
    ['', 'INVALID_TOPIC'],
    ['a..b', 'INVALID_TOPIC'],
    ['_control', 'RESERVED_TOPIC'],
    ['a.*', 'INVALID_TOPIC'],
  ])('the topic "%s" is refused as %s', (topic, code) => {
    const broker = aBroker();
    addRoute(broker, { pattern: '>' });
    expect(confirms(broker.run(publish({ of: [topic] })))[0]?.refusals).toMatchObject([{ code }]);
  });

  it('what the decoder found wrong is refused for that message alone', () => {
    const broker = aBroker();
    broker.declare('orders');
    const fault = { code: 'MALFORMED_BODY', detail: 'cut short' } as const;
    const [confirm] = confirms(broker.run(publish({ of: ['orders', { topic: 'orders', fault }] })));
    expect(confirm?.refusals).toEqual([{ index: 1, ...fault }]);
    expect(broker.queue('orders').depth).toBe(1);
  });

  it('each queue with a matching route gets its copy, whole and once', () => {
    const broker = aBroker();
    broker.declare('all', { patterns: ['>'] });
    broker.declare('stars', { patterns: ['a.*', 'a.b'] });
    broker.run(
      publish({
        of: [
          { topic: 'a.b', body: 'first' },
          { topic: 'x', body: 'second' },
          { topic: 'a.c', body: 'third' },
        ],
      }),
    );
    expect(bodies(broker.run(register({ peer: peer(11), consumer: 'c1', queue: 'all' })))).toEqual([
      'first',
      'second',
      'third',
    ]);
    expect(bodies(broker.run(register({ peer: peer(12), consumer: 'c2', queue: 'stars' })))).toEqual([
      'first',
      'third',
    ]);
  });

  it('of the exclusive routes only the first by precedence counts, beside all others', () => {
    const broker = aBroker();
    addRoute(broker, { pattern: 'a.*', queueName: 'low', exclusive: true, priority: 1 });
    addRoute(broker, { pattern: '*.b', queueName: 'high', exclusive: true, priority: 5 });
    addRoute(broker, { pattern: '>', queueName: 'audit' });
    broker.run(publish({ of: ['a.b'] }));
    expect(['low', 'high', 'audit'].map((name) => broker.queue(name).depth)).toEqual([0, 1, 1]);
  });

  it('fanout only leaves at once, is confirmed with durability none, and is not journaled', () => {
    const broker = aBroker();
    addRoute(broker, { pattern: 'metrics.>', kind: 'fanout' });
    const groups = broker.journal.groups.length;
    const leaving = broker.turn(publish({ of: ['metrics.cpu'] }));
    expect(effectsOf(leaving, 'publication')).toMatchObject([{ topic: 'metrics.cpu', gated: false }]);
    expect(confirms(leaving)).toMatchObject([{ durability: 'none', count: 1, refusals: [] }]);
    expect(broker.journal.groups.length).toBe(groups);
  });

  it('what is direct and fanout leaves on PUB only when it is durable', () => {
    const broker = aBroker();
    broker.declare('metrics', { patterns: ['metrics.>'] });
    addRoute(broker, { pattern: 'metrics.>', kind: 'fanout' });
    expect(effectsOf(broker.turn(publish({ of: [{ topic: 'metrics.cpu', body: 'hot' }] })), 'publication')).toEqual([]);
    const [publication] = effectsOf(broker.run(), 'publication');
    expect(new TextDecoder().decode(publication?.blocks)).toBe('hot');
  });

  it('says its delivery mode: direct stays off PUB, fanout needs no route', () => {
    const broker = aBroker();
    broker.declare('q', { patterns: ['a'] });
    addRoute(broker, { pattern: 'a', kind: 'fanout' });
    addRoute(broker, { pattern: 'f', kind: 'fanout' });
    const leaving = broker.run(
      publish({
        of: [
          { topic: 'a', mode: 'direct' },
          { topic: 'f', mode: 'direct' },
          { topic: 'a', mode: 'fanout' },
          { topic: 'nowhere', mode: 'fanout' },
        ],
      }),
    );
    expect(effectsOf(leaving, 'publication').map(({ topic }) => topic)).toEqual(['a', 'nowhere']);
    expect(confirms(leaving).flatMap(({ refusals }) => refusals.map(({ code }) => code))).toEqual(['UNROUTABLE']);
    expect(broker.queue('q').depth).toBe(1);
  });

  it('another tenant has no fanout, and its queues are its own', () => {
    const broker = aBroker();
    broker.declare('orders');
    const [fanout] = confirms(
      broker.run(publish({ tenant: 'acme', of: [{ topic: 'orders', mode: 'fanout' }, 'orders'] })),
    );
    expect(fanout?.refusals.map(({ code }) => code)).toEqual(['FANOUT_NOT_ISOLATED', 'UNROUTABLE']);
  });

  it('answers of different durability come apart and in order', () => {
    const broker = aBroker();
    broker.declare('q', { patterns: ['direct'] });
    addRoute(broker, { pattern: 'fan', kind: 'fanout' });
    const leaving = broker.run(publish({ firstSequence: 5, of: ['direct', 'bad..topic', 'fan', 'fan', 'direct'] }));
    expect(confirms(leaving).map(({ first, count, durability }) => [first, count, durability])).toEqual([
      [5, 2, 'journal'],
      [7, 2, 'none'],
      [9, 1, 'journal'],
    ]);
    expect(confirms(leaving)[0]?.refusals).toMatchObject([{ index: 1 }]);
  });

  it('bodies with a tail of their own arrive whole, beside those that are neighbours', () => {
    const broker = aBroker();
    broker.run(register({ subscriptions: ['t'] }));
    const tail = new TextEncoder().encode('+tail');
    const leaving = broker.run(
      publish({
        of: [
          { topic: 't', body: 'one' },
          { topic: 't', body: 'two', tail },
          { topic: 'gap', body: 'lost' },
          { topic: 't', body: '', tail },
          { topic: 't', body: 'five' },
        ],
      }),
    );
    expect(bodies(leaving)).toEqual(['one', 'two+tail', '+tail', 'five']);
  });

  it('a large publish arrives in order, cut into runs', () => {
    const broker = aBroker();
    broker.run(register({ subscriptions: ['t'], windowMessages: 1_000, windowBytes: 8_000_000 }));
    const texts = Array.from({ length: 900 }, (_, i) => `${i}:${'x'.repeat(1_000)}`);
    const leaving = broker.run(publish({ of: texts.map((body) => ({ topic: 't', body })) }));
    expect(bodies(leaving)).toEqual(texts);
    expect(broker.journal.events.filter(({ event }) => event.type === 'accepted').length).toBeGreaterThan(3);
  });

  it('nothing is accepted while the broker drains, and what is held goes on', () => {
    const broker = aBroker();
    broker.declare('q');
    broker.run(publish({ of: ['q'] }), { type: 'drain' });
    expect(confirms(broker.run(publish({ of: ['q'] })))[0]?.refusals).toMatchObject([{ code: 'DRAINING' }]);
    expect(broker.queue('q').depth).toBe(1);
  });

  it('with only the reserve left, a publish is refused with a time to come back', () => {
    const broker = aBroker();
    broker.declare('q');
    broker.journal.setRoom(0, 1_000_000);
    const [refused] = confirms(broker.run(publish({ of: ['q'] })));
    expect(refused?.refusals).toMatchObject([{ code: 'STORAGE_FULL', retryAfterMs: 1_000 }]);
    broker.journal.setRoom(1_000, 1_000_000);
    const [part] = confirms(
      broker.run(
        publish({
          of: [
            { topic: 'q', body: 'x'.repeat(900) },
            { topic: 'q', body: 'y'.repeat(900) },
          ],
        }),
      ),
    );
    expect(part?.refusals).toMatchObject([{ index: 1, code: 'STORAGE_FULL' }]);
    expect(broker.queue('q').depth).toBe(1);
  });
});
