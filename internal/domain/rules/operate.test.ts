// Operators' words: each is answered when its event is durable, and a refused one changes nothing.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
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
import type { Command } from '../command.ts';
import { leasesOf } from '../entry-moves.ts';
import { asSequence } from '../ids.ts';
import { CONTROL_ROOM_BYTES } from '../limits.ts';
import type { AddRoute, ImportDeadLetters, RouteWish } from '../operator-command.ts';

const request = anOperatorRequest();
const declare = (name: string, over: object = {}): Command => ({
  type: 'declare-queue',
  request,
  tenant: '',
  name,
  policy: {},
  patterns: [],
  ...over,
});
const remove = (name: string, force = false): Command => ({ type: 'delete-queue', request, tenant: '', name, force });
const wish = (over: Partial<RouteWish>): RouteWish => ({
  tenant: '',
  pattern: 'a',
  kind: 'direct',
  queueName: 'q',
  priority: 0,
  enabled: true,
  exclusive: false,
  metadata: {},
  ...over,
});
const add = (over: Partial<RouteWish>): AddRoute => ({ type: 'add-route', request, route: wish(over) });
const outcomes = (leaving: ReturnType<BrokerFixture['run']>): unknown[] =>
  effectsOf(leaving, 'operator-reply').map(({ outcome }) => (outcome.ok ? outcome.result : outcome.refusal.code));

describe('declare', () => {
  it('is answered when durable, says who asked and why in the journal, and again changes nothing', () => {
    const broker = aBroker();
    expect(broker.turn(declare('q', { patterns: ['a.>'] }))).toEqual([]);
    expect(outcomes(broker.run())).toEqual([{ queue: 'q', created: true, bound: ['a.>'] }]);
    const declared = broker.journal.events.find(({ event }) => event.type === 'queue-declared');
    expect(declared?.event).toMatchObject({ origin: 'operator', operator: { actor: 'olivia', reason: 'test' } });
    const { changes } = broker.journal;
    expect(outcomes(broker.run(declare('q', { patterns: ['a.>'] })))).toMatchObject([{ created: false }]);
    expect(broker.journal.changes).toBe(changes);
  });

  it('of a known queue with another policy is refused; what it does not say it does not mind', () => {
    const broker = aBroker();
    broker.run(declare('q', { policy: { leaseMs: 1_000, attemptsMax: 9 } }));
    expect(outcomes(broker.run(declare('q', { policy: { leaseMs: 2_000 } })))).toEqual(['QUEUE_EXISTS']);
    expect(outcomes(broker.run(declare('q', { policy: { leaseMs: 1_000 } })))).toMatchObject([{ created: false }]);
    expect(broker.queue('q').policy).toMatchObject({ leaseMs: 1_000, attemptsMax: 9 });
  });

  it.each([
    { leaseMs: 0 },
    { leaseMs: Number.NaN },
    { attemptsMax: 256 },
    { attemptsMax: 1.5 },
    { returnsMax: -1 },
    { backoffFactor: 0.5 },
    { backoffJitter: 1.1 },
    { backoffMaxMs: Number.POSITIVE_INFINITY },
  ])('refuses the policy %o', (policy) => {
    const broker = aBroker();
    expect(outcomes(broker.run(declare('q', { policy })))).toEqual(['INVALID_ARGUMENT']);
    expect(broker.state.queues.size).toBe(0);
  });

  it('with one bad pattern declares nothing', () => {
    const broker = aBroker();
    expect(outcomes(broker.run(declare('q', { patterns: ['good', 'b>'] })))).toEqual(['INVALID_PATTERN']);
    expect(broker.state.queues.size).toBe(0);
  });

  it('is refused where the rest of a full disk is for settlements', () => {
    const broker = aBroker();
    broker.journal.setRoom(0, CONTROL_ROOM_BYTES - 1);
    expect(outcomes(broker.run(declare('q')))).toEqual(['STORAGE_FULL']);
    broker.journal.setRoom(0, CONTROL_ROOM_BYTES);
    expect(outcomes(broker.run(declare('q')))).toMatchObject([{ queue: 'q' }]);
  });
});

describe('delete', () => {
  it('refuses a queue that holds messages or has consumers, unless it is meant', () => {
    const broker = aBroker();
    broker.declare('q');
    expect(outcomes(broker.run(remove('nobody')))).toEqual(['QUEUE_NOT_FOUND']);
    broker.run(register({ peer: peer(11), queue: 'q' }));
    expect(outcomes(broker.run(remove('q')))).toEqual(['QUEUE_IN_USE']);
    broker.run(publish({ of: ['q', 'q'] }));
    expect(outcomes(broker.run(remove('q')))).toEqual(['QUEUE_NOT_EMPTY']);
    expect(outcomes(broker.run(remove('q', true)))).toEqual([
      { queue: 'q', removed: { messages: 2, dead_letters: 0 } },
    ]);
    expect(broker.state).toMatchObject({ queues: new Map(), routes: new Map() });
    expect(broker.journal.live.size).toBe(0);
    expect(broker.state.sessionByPeer.get(peer(11))).toMatchObject({ inflight: 0, inflightBytes: 0, queues: [] });
  });

  it('tells each consumer that is there which of its deliveries ended', () => {
    const broker = aBroker();
    for (const name of ['q', 'kept']) broker.declare(name);
    const [A, B, away] = [peer(11), peer(12), peer(13)];
    for (const at of [A, B, away]) {
      const subscriptions = at === B ? ['q', 'kept'] : ['q'];
      const over = { windowMessages: 2, resumable: at === away };
      broker.run(register({ peer: at, consumer: `c${at}`, subscriptions, ...over }));
    }
    const got = received(broker.run(publish({ of: ['kept', 'q', 'q', 'q', 'q', 'q'] })));
    const of = (at: number): number[] =>
      got.flatMap(({ peer: to, queue, delivery }) => (to === at && queue === 'q' ? [delivery] : []));
    expect([of(A), of(B), of(away)].map(({ length }) => length)).toEqual([2, 1, 2]);
    broker.run({ type: 'peer-gone', peer: away, cause: 'gone' });
    const told = effectsOf(broker.run(remove('q', true)), 'leases-ended');
    const sorted = told.map(({ deliveries, ...rest }) => ({
      ...rest,
      deliveries: [...deliveries].sort((a, b) => a - b),
    }));
    expect(sorted).toMatchObject([
      { peer: A, deliveries: of(A), deletedQueue: 'q' },
      { peer: B, deliveries: of(B), deletedQueue: 'q' },
    ]);
  });

  it('takes dead letters along, and a new queue of the name begins empty', () => {
    const broker = aBroker();
    broker.declare('q');
    const [one] = received(broker.run(register({ peer: peer(11), queue: 'q' }), publish({ of: ['q', 'q'] })));
    broker.run(nack(peer(11), one?.delivery ?? 0, 'terminal'));
    broker.run(remove('q', true));
    expect(broker.state.deadLetters).toBe(0);
    broker.declare('q');
    expect(broker.queue('q').depth).toBe(0);
    expect(broker.queue('q').id).toBe(2);
  });
});

describe('purge', () => {
  it('takes what waits, and leaves what is out and what comes after', () => {
    const broker = aBroker();
    broker.declare('q');
    const [one, two] = received(
      broker.run(register({ peer: peer(11), queue: 'q', windowMessages: 2 }), publish({ of: ['q', 'q', 'q', 'q'] })),
    );
    broker.run({ type: 'peer-blocked', peer: peer(11), blocked: true }, nack(peer(11), one?.delivery ?? 0));
    const leaving = broker.run({ type: 'purge-queue', request, tenant: '', name: 'q' });
    expect(outcomes(leaving)).toEqual([{ queue: 'q', purged: 3, leased: 1 }]);
    expect(leasesOf(broker.state, broker.queue('q')).map((lease) => lease.sequence)).toEqual([two?.sequence]);
    broker.run(publish({ of: ['q'] }));
    expect(broker.queue('q').depth).toBe(2);
    expect(broker.state.counters.purged).toBe(3);
  });
});

describe('routes', () => {
  it('are added, changed, kept and removed while messages flow', () => {
    const broker = aBroker();
    expect(outcomes(broker.run(add({})))).toMatchObject([{ outcome: 'added' }]);
    expect(outcomes(broker.run(add({})))).toMatchObject([{ outcome: 'kept' }]);
    expect(outcomes(broker.run(add({ enabled: false })))).toMatchObject([{ outcome: 'changed' }]);
    expect(effectsOf(broker.run(publish({ of: ['a'] })), 'published')[0]?.refusals).toMatchObject([
      { code: 'UNROUTABLE' },
    ]);
    expect(outcomes(broker.run(add({ enabled: true })))).toMatchObject([{ outcome: 'changed' }]);
    broker.run(publish({ of: ['a'] }));
    expect(broker.queue('q').depth).toBe(1);
    const off: Command = { type: 'remove-route', request, tenant: '', pattern: 'a', queueName: null };
    expect(outcomes(broker.run(off))).toEqual([{ pattern: 'a', removed: 1 }]);
    expect(outcomes(broker.run(off))).toEqual(['ROUTE_NOT_FOUND']);
    expect(broker.queue('q').depth).toBe(1);
  });

  it('of one pattern to two queues are removed apart', () => {
    const broker = aBroker();
    broker.run(add({ queueName: 'one' }), add({ queueName: 'two' }), add({ kind: 'fanout', queueName: '' }));
    broker.run({ type: 'remove-route', request, tenant: '', pattern: 'a', queueName: 'one' });
    expect([...broker.state.routes.values()].map(({ queueName }) => queueName)).toEqual(['two', '']);
  });

  it('for fanout are not given to another tenant', () => {
    const broker = aBroker();
    expect(outcomes(broker.run(add({ tenant: 'acme', kind: 'fanout', queueName: '' })))).toEqual([
      'FANOUT_NOT_ISOLATED',
    ]);
  });
});

describe('import', () => {
  const catalog = (digest: string, routes: RouteWish[]): Command => ({
    type: 'import-catalog',
    request,
    operator: request.operator,
    digest,
    routes,
    refused: [],
  });

  it('of a catalog twice is refused; a changed one changes what changed', () => {
    const broker = aBroker();
    const routes = [
      wish({ queueName: 'one', exclusive: true }),
      wish({ pattern: 'b', queueName: 'two' }),
      wish({ pattern: 'b', queueName: 'two' }),
    ];
    expect(outcomes(broker.run(catalog('d1', routes)))).toEqual([
      { routes: 3, added: 2, changed: 0, kept: 1, refused: [] },
    ]);
    expect(outcomes(broker.run(catalog('d1', routes)))).toEqual(['ALREADY_IMPORTED']);
    expect(outcomes(broker.run(catalog('d2', [wish({ queueName: 'one', priority: 3 }), ...routes.slice(1)])))).toEqual([
      { routes: 3, added: 0, changed: 1, kept: 2, refused: [] },
    ]);
    expect(broker.state.routes.size).toBe(2);
  });

  it('of a catalog at start-up, without an asker, is silent the second time', () => {
    const broker = aBroker();
    const quiet = { ...catalog('d1', [wish({})]), request: null } as Command;
    broker.run(quiet);
    const events = broker.journal.events.length;
    expect(broker.run(quiet)).toEqual([]);
    expect(broker.journal.events.length).toBe(events);
  });

  it('of a catalog with one bad route imports nothing', () => {
    const broker = aBroker();
    expect(outcomes(broker.run(catalog('d1', [wish({}), wish({ pattern: 'a.>.b' })])))).toEqual(['INVALID_PATTERN']);
    expect(broker.state.routes.size).toBe(0);
    expect(outcomes(broker.run(catalog('d1', [wish({})])))).toMatchObject([{ added: 1 }]);
  });

  it('of dead letters puts them into the dead letters of their queues, with their history, and delivers none', () => {
    const broker = aBroker({ limits: { deadLettersMax: 2 } });
    broker.run(register({ peer: peer(11), queue: 'q' }));
    const letter = (text: string) => ({
      tenant: '',
      queueName: 'q',
      topic: 'a',
      block: new TextEncoder().encode(text),
      atMs: 77,
      reason: 'old',
      history: [{ attempt: 3, consumer: 'c', atMs: 70, cause: 'delivery_timeout' as const, reason: 'slow' }],
    });
    const command: ImportDeadLetters = {
      type: 'import-dead-letters',
      request,
      digest: 'd',
      records: [letter('one'), letter('two')],
      refused: [],
    };
    const leaving = broker.run(command);
    expect(outcomes(leaving)).toEqual([{ imported: 2, refused: [] }]);
    expect(bodies(leaving)).toEqual([]);
    expect(broker.queue('q')).toMatchObject({ depth: 0, ready: 0, bytes: 6 });
    expect(broker.queue('q').dead.get(asSequence(1))).toMatchObject({
      atMs: 77,
      cause: 'imported',
      history: [{ attempt: 3 }],
    });
    expect(outcomes(broker.run(command))).toEqual(['ALREADY_IMPORTED']);
    expect(outcomes(broker.run({ ...command, digest: 'e' }))).toEqual(['BUSY']);
  });
});
