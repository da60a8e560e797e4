// Routes that look at messages, and routes of other kinds: what a publish leads to with them, and that asking beforehand gives
// the same answer.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../../pkg/protocol/block.ts';
import { aBroker, anOperatorRequest, type BrokerFixture, effectsOf } from '../../testing/fixtures/a-broker.ts';
import { type RealMessage, realPublish } from '../../testing/fixtures/real-publish.ts';
import { fingerprint } from '../../usecase/fingerprint.ts';
import { tryRoute } from '../../usecase/try-route.ts';
import type { RouteWish } from '../operator-command.ts';
import type { RouteKind } from '../queue-event.ts';
import type { RouteCondition } from '../route-condition.ts';

const wish = (over: Partial<RouteWish>): RouteWish => ({
  tenant: '',
  pattern: 'orders.>',
  kind: 'direct',
  queueName: over.kind === 'fanout' ? '' : 'all',
  priority: 0,
  enabled: true,
  exclusive: false,
  metadata: {},
  ...over,
});

const region = (value: string): readonly RouteCondition[] => [
  { header: 'region', operator: 'equals', values: [value] },
];

const withRoutes = (...wishes: Partial<RouteWish>[]): BrokerFixture => {
  const broker = aBroker();
  for (const each of wishes) {
    const [reply] = effectsOf(
      broker.run({ type: 'add-route', request: anOperatorRequest(), route: wish(each) }),
      'operator-reply',
    );
    expect(reply?.outcome.ok).toBe(true);
  }
  return broker;
};

/** Queues that got the message, or the code of its refusal; `PUB` where it was published. */
function ledTo(broker: BrokerFixture, message: RealMessage, inside = false): readonly string[] {
  const before = new Map([...broker.state.queues.values()].map((queue) => [queue.name, queue.depth]));
  const left = broker.run(realPublish([message], { inside }));
  const refused = effectsOf(left, 'published').flatMap(({ refusals }) => refusals.map(({ code }) => code));
  const grown = [...broker.state.queues.values()].filter(({ name, depth }) => depth > (before.get(name) ?? 0));
  return [
    ...refused,
    ...grown.map(({ name }) => name).sort(),
    ...(effectsOf(left, 'publication').length > 0 ? ['PUB'] : []),
  ];
}

describe('a conditional route', () => {
  it('counts for messages whose headers fit, neighbours of one topic apart', () => {
    const broker = withRoutes({}, { queueName: 'eu', when: region('eu') });
    broker.run(
      realPublish([
        { topic: 'orders.a', headers: { region: 'eu' } },
        { topic: 'orders.a', headers: { region: 'us' } },
        { topic: 'orders.a' },
        { topic: 'orders.a', headers: { region: 'eu' }, body: 'x', long: true },
      ]),
    );
    expect([broker.queue('all').depth, broker.queue('eu').depth]).toEqual([4, 2]);
  });

  it('that is exclusive goes before one without conditions of the same class and priority', () => {
    const broker = withRoutes(
      { exclusive: true, queueName: 'aaa' },
      { exclusive: true, queueName: 'eu', when: region('eu') },
    );
    expect(ledTo(broker, { topic: 'orders.a', headers: { region: 'eu' } })).toEqual(['eu']);
    expect(ledTo(broker, { topic: 'orders.a', headers: { region: 'us' } })).toEqual(['aaa']);
  });

  it('that does not count leaves a message unroutable where nothing else takes it', () => {
    const broker = withRoutes({ when: region('eu') });
    expect(ledTo(broker, { topic: 'orders.a' })).toEqual(['UNROUTABLE']);
  });

  it('of fanout publishes what fits', () => {
    const broker = withRoutes({ kind: 'fanout', when: region('eu') });
    expect(ledTo(broker, { topic: 'orders.a', headers: { region: 'eu' } })).toEqual(['PUB']);
    expect(ledTo(broker, { topic: 'orders.a', headers: { region: 'us' } })).toEqual(['UNROUTABLE']);
  });

  it('with other conditions is another route, with the same ones it is changed', () => {
    const broker = withRoutes({}, { when: region('eu') }, { when: region('us') }, { when: region('eu'), priority: 3 });
    expect([...broker.state.routes.values()].map(({ priority }) => priority)).toEqual([0, 0, 3]);
    broker.run({
      type: 'remove-route',
      request: anOperatorRequest(),
      tenant: '',
      pattern: 'orders.>',
      queueName: 'all',
      when: region('us'),
    });
    expect(broker.state.routes.size).toBe(2);
  });

  it('waits for its time in the queues that it was led to, and is not published before', () => {
    const broker = withRoutes({ when: region('eu') }, { kind: 'fanout' });
    const times = { due: { afterMs: 1_000 }, expiry: null };
    expect(ledTo(broker, { topic: 'orders.a', headers: { region: 'eu' }, times })).toEqual(['all']);
    expect(ledTo(broker, { topic: 'orders.a', headers: { region: 'us' }, times })).toEqual(['UNROUTABLE']);
    expect(ledTo(broker, { topic: 'orders.a', headers: { region: 'eu' } })).toEqual(['all', 'PUB']);
  });

  it('is the same after a replay of the journal', () => {
    const broker = withRoutes(
      {},
      { when: region('eu'), queueName: 'eu' },
      { kind: 'bridge', queueName: 'out', hops: 2 },
    );
    expect(fingerprint(broker.replayed())).toBe(fingerprint(broker.state));
  });
});

describe('kinds', () => {
  it('an internal route keeps its topics for the broker and operators', () => {
    const broker = withRoutes({ kind: 'internal', queueName: 'own' }, { pattern: '>', queueName: 'archive' });
    expect(ledTo(broker, { topic: 'orders.a' })).toEqual(['RESERVED_TOPIC']);
    expect(ledTo(broker, { topic: 'orders.a' }, true)).toEqual(['archive', 'own']);
    expect(ledTo(broker, { topic: 'other' })).toEqual(['archive']);
  });

  it('a bridge route leads on what has not come over as many bridges as it allows', () => {
    const broker = withRoutes({ kind: 'bridge', queueName: 'out' }, { kind: 'bridge', queueName: 'far', hops: 2 }, {});
    const over = (hops: number): RealMessage => ({ topic: 'orders.a', headers: { tachyon_hops: hops } });
    expect(ledTo(broker, { topic: 'orders.a' })).toEqual(['all', 'far', 'out']);
    expect(ledTo(broker, over(1))).toEqual(['all', 'far']);
    expect(ledTo(broker, over(2))).toEqual(['all']);
  });
});

const conditions = fc.constantFrom<readonly RouteCondition[] | null>(
  null,
  region('eu'),
  region('us'),
  [{ header: 'region', operator: 'not-exists', values: [] }],
  [{ header: 'size', operator: 'in', values: ['1', '2'] }],
);
const anyWish = fc
  .record({
    pattern: fc.constantFrom('a', 'a.b', '*', 'a.*', '>', 'a.>', '*.b'),
    kind: fc.constantFrom<RouteKind>('direct', 'direct', 'fanout', 'bridge', 'internal'),
    queue: fc.constantFrom('one', 'two', 'three'),
    priority: fc.integer({ min: 0, max: 1 }),
    enabled: fc.boolean(),
    exclusive: fc.boolean(),
    when: conditions,
  })
  .map(
    ({ queue, when, exclusive, ...rest }): Partial<RouteWish> => ({
      ...rest,
      queueName: rest.kind === 'fanout' ? '' : queue,
      exclusive: exclusive && rest.kind === 'direct',
      ...(when === null || rest.kind === 'internal' ? {} : { when }),
    }),
  );
const anyMessage = fc.record({
  topic: fc.constantFrom('a', 'b', 'a.b', 'a.c', 'c.b.a', '_own', 'a b'),
  headers: fc.dictionary(
    fc.constantFrom('region', 'size', 'tachyon_hops'),
    fc.constantFrom<string | number>('eu', 'us', 1, 2),
  ),
  mode: fc.constantFrom('both' as const, 'direct' as const, 'fanout' as const),
});

describe('what is told beforehand', () => {
  it('is what happens, for any routes and any message, and changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyWish, { maxLength: 6 }), anyMessage, fc.boolean(), (wishes, message, inside) => {
        const broker = withRoutes(...wishes);
        const before = fingerprint(broker.state);
        const { counters } = broker.state;
        const counted = { ...counters };
        const told = tryRoute(broker.state, { tenant: '', inside, body: '', ...message }, 0) as {
          readonly code: string | null;
          readonly queues: readonly string[];
          readonly fanout: boolean;
          readonly routes: readonly { readonly counts: boolean; readonly why: string }[];
        };
        expect(fingerprint(broker.state)).toBe(before);
        expect(counters).toEqual(counted);
        expect([
          ...(told.code === null ? [] : [told.code]),
          ...[...told.queues].sort(),
          ...(told.fanout ? ['PUB'] : []),
        ]).toEqual(ledTo(broker, message, inside));
        for (const { counts, why } of told.routes) if (!counts) expect(why).not.toBe('');
      }),
      { numRuns: 60 },
    );
  });

  it('names every matching route in the order of precedence, and why it does not count', () => {
    const broker = withRoutes(
      { pattern: 'orders.eu', exclusive: true, queueName: 'first' },
      { exclusive: true, queueName: 'second' },
      { enabled: false, queueName: 'off' },
      { when: region('eu'), queueName: 'eu' },
      { pattern: 'other', queueName: 'other' },
    );
    const told = tryRoute(
      broker.state,
      { tenant: '', topic: 'orders.eu', headers: { region: 'us' }, mode: 'both', inside: false, body: '' },
      0,
    );
    expect(told).toMatchObject({
      outcome: 'accepted',
      led_to: 'orders.eu',
      queues: ['first'],
      routes: [
        { destination_id: 'first', counts: true, why: '' },
        { destination_id: 'eu', counts: false, why: 'its condition does not hold: region=eu' },
        { destination_id: 'off', counts: false, why: 'it is disabled' },
        { destination_id: 'second', counts: false, why: 'the exclusive route "orders.eu" to "first" goes before it' },
      ],
    });
  });
});

describe('a route with a schema', () => {
  const judging = (...wishes: Partial<RouteWish>[]): BrokerFixture => {
    const broker = aBroker();
    broker.state.judgeBody = (_schema, source, { start }) =>
      bodyOf(source, start).length > 2 ? { code: 'SCHEMA_MISMATCH', detail: 'at /a: type' } : null;
    broker.run({ type: 'add-schema', request: anOperatorRequest(), name: 'order', text: '{}' });
    for (const each of wishes) broker.run({ type: 'add-route', request: anOperatorRequest(), route: wish(each) });
    return broker;
  };
  const schema = (invalid: 'refuse' | 'dead-letter') => ({ schema: { name: 'order', invalid } });

  it('refuses what does not fit, with the place, in all of its queues', () => {
    const broker = judging({ ...schema('refuse') }, { queueName: 'audit' });
    const left = broker.run(
      realPublish([
        { topic: 'orders.a', body: '{}' },
        { topic: 'orders.a', body: 'too long' },
      ]),
    );
    expect(effectsOf(left, 'published')).toMatchObject([
      { count: 2, refusals: [{ index: 1, code: 'SCHEMA_MISMATCH', detail: 'at /a: type' }] },
    ]);
    expect([broker.queue('all').depth, broker.queue('audit').depth]).toEqual([1, 1]);
  });

  it('dead-letters it at once where that is asked for, and only there, as one event', () => {
    const broker = judging({ ...schema('dead-letter') }, { queueName: 'audit' });
    const times = { due: { afterMs: 5_000 }, expiry: { afterMs: 9_000 } };
    broker.run(
      realPublish([
        { topic: 'orders.a', body: '{}' },
        { topic: 'orders.a', body: 'too long' },
        { topic: 'orders.a', body: 'late and long', times },
      ]),
    );
    expect([broker.queue('all').depth, broker.queue('audit').depth]).toEqual([1, 3]);
    expect([...broker.queue('all').dead.values()]).toMatchObject([
      { cause: 'schema_mismatch', reason: 'at /a: type', history: [] },
      { cause: 'schema_mismatch', reason: 'at /a: type' },
    ]);
    expect(broker.journal.events.filter(({ event }) => event.type === 'dead-lettered')).toEqual([]);
    expect(broker.state.counters.deadLettered).toBe(2);
    expect(fingerprint(broker.replayed())).toBe(fingerprint(broker.state));
    broker.advance(20_000);
  });

  it('judges nothing again when the journal is replayed', () => {
    const broker = judging({ ...schema('dead-letter') });
    broker.run(realPublish([{ topic: 'orders.a', body: 'too long' }]));
    broker.state.judgeBody = () => {
      throw new Error('judged');
    };
    expect(broker.replayed().queueNamed('', 'all')?.dead.size).toBe(1);
  });

  it('refuses where the dead letters are full, and on fanout', () => {
    const broker = aBroker({ limits: { deadLettersMax: 1 } });
    broker.state.judgeBody = () => ({ code: 'SCHEMA_MISMATCH', detail: 'no' });
    broker.run({ type: 'add-schema', request: anOperatorRequest(), name: 'order', text: '{}' });
    const routes: Partial<RouteWish>[] = [
      { ...schema('dead-letter') },
      { pattern: 'news', kind: 'fanout', ...schema('refuse') },
    ];
    for (const each of routes) broker.run({ type: 'add-route', request: anOperatorRequest(), route: wish(each) });
    expect(ledTo(broker, { topic: 'orders.a' })).toEqual([]);
    expect(ledTo(broker, { topic: 'orders.a' })).toEqual(['SCHEMA_MISMATCH']);
    expect(ledTo(broker, { topic: 'news' })).toEqual(['SCHEMA_MISMATCH']);
  });

  it('is refused without its schema, and holds the schema as it is', () => {
    const broker = judging({ ...schema('refuse') });
    const code = (command: Parameters<BrokerFixture['run']>[0]): string | null => {
      const [reply] = effectsOf(broker.run(command), 'operator-reply');
      return reply === undefined || reply.outcome.ok ? null : reply.outcome.refusal.code;
    };
    const request = anOperatorRequest();
    const route = (over: Partial<RouteWish>) => code({ type: 'add-route', request, route: wish(over) });
    expect(route({ schema: { name: 'none', invalid: 'refuse' } })).toBe('SCHEMA_NOT_FOUND');
    expect(route({ kind: 'fanout', ...schema('dead-letter') })).toBe('INVALID_ARGUMENT');
    expect(route({ pattern: '_dlq.>', ...schema('refuse') })).toBe('INVALID_ARGUMENT');
    expect(code({ type: 'add-schema', request, name: 'order', text: '{"x":1}' })).toBe('SCHEMA_IN_USE');
    expect(code({ type: 'add-schema', request, name: 'order', text: '{}' })).toBeNull();
    expect(code({ type: 'remove-schema', request, name: 'order' })).toBe('SCHEMA_IN_USE');
    expect(code({ type: 'remove-schema', request, name: 'none' })).toBe('SCHEMA_NOT_FOUND');
    expect(code({ type: 'add-schema', request, name: 'x'.repeat(300), text: '{}' })).toBe('INVALID_NAME');
    expect(code({ type: 'remove-route', request, tenant: '', pattern: 'orders.>', queueName: null })).toBeNull();
    expect(code({ type: 'remove-schema', request, name: 'order' })).toBeNull();
    expect(broker.state.schemas.size).toBe(0);
  });
});
