// Who gets room when there is little: tenants and producers take turns, those that wait are served in their order, and nobody's backlog
// keeps others from being given theirs.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../domain/command.ts';
import type { PeerId } from '../domain/ids.ts';
import { type Bounds, NO_QUOTAS, UNBOUNDED } from '../domain/quotas.ts';
import { DEFAULT_THROTTLES, type Throttles } from '../domain/throttles.ts';
import {
  aBroker,
  ack,
  anOperatorRequest,
  type BrokerFixture,
  effectsOf,
  peer,
  publish,
  received,
  register,
} from '../testing/fixtures/a-broker.ts';
import { PIECE_MESSAGES } from './fair-order.ts';
import { LINE_BYTES_MAX } from './waiting-room.ts';

const TENANTS = ['', 'a', 'b'];

function bounded(all: Partial<Bounds>, throttles: Partial<Throttles> = {}): BrokerFixture {
  const quotas = { ...NO_QUOTAS, all: { ...UNBOUNDED, ...all }, throttles: { ...DEFAULT_THROTTLES, ...throttles } };
  const broker = aBroker({ limits: { quotas } });
  for (const tenant of TENANTS) {
    broker.run({ type: 'declare-queue', request: anOperatorRequest(), tenant, name: 'q', policy: {}, patterns: ['q'] });
  }
  return broker;
}

const messages = (count: number, body = 'q') => Array.from({ length: count }, () => ({ topic: 'q', body }));

const acceptedOf = (broker: BrokerFixture, who: PeerId): number =>
  effectsOf(broker.left, 'published', who).reduce((sum, { count, refusals }) => sum + count - refusals.length, 0);

describe('at the bound', () => {
  it('publishes of one turn are taken in turn: no producer and no tenant gets all because it came first', () => {
    const broker = bounded({ ingress: 6 * PIECE_MESSAGES });
    const flood = (n: number, tenant: string): Command => publish({ peer: peer(n), tenant, of: messages(1_000) });
    broker.run(flood(1, 'a'), flood(2, 'a'), flood(3, 'b'));
    const [first, second, other] = [1, 2, 3].map((n) => acceptedOf(broker, peer(n)));
    expect(first).toBeGreaterThanOrEqual(PIECE_MESSAGES);
    expect(second).toBeGreaterThanOrEqual(PIECE_MESSAGES);
    expect(Math.abs((first ?? 0) + (second ?? 0) - (other ?? 0))).toBeLessThanOrEqual(2 * PIECE_MESSAGES);
  });

  it('each publish is answered once and in its order, however the turn was cut', () => {
    const loads = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(2), fc.integer({ min: 1, max: 150 }), fc.boolean()),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 300 }), (turn, ingress) => {
        const broker = bounded({ ingress });
        const said = new Map<number, number>();
        const commands = turn.map(([n, tenant, count, waits]) => {
          said.set(n, (said.get(n) ?? 0) + count);
          return publish({ peer: peer(n), tenant: TENANTS[tenant] ?? '', of: messages(count), waits });
        });
        broker.run(...commands);
        // A pull consumer of each tenant makes room, until all that waits has found some.
        for (const [at, tenant] of TENANTS.entries())
          broker.run(register({ peer: peer(50 + at), tenant, queue: 'q', acks: false, windowMessages: 1_000 }));
        for (let n = 0; n < 50 && broker.broker.held > 0; n += 1) broker.advance(250);
        for (const [n, count] of said) {
          const answers = effectsOf(broker.left, 'published', peer(n));
          expect(answers.reduce((sum, answer) => sum + answer.count, 0)).toBe(count);
        }
      }),
      { seed: 5, numRuns: 30 },
    );
  });

  it('a tenant that asks for little gets it over random loads, whatever the others send', () => {
    const rounds = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 })), {
      minLength: 4,
      maxLength: 10,
    });
    fc.assert(
      fc.property(rounds, fc.boolean(), (loads, comesLast) => {
        // Two greedy ones stop at eight times what is left: 600 / 17 stays free, more than the modest one asks for.
        const broker = bounded({ ingress: 600 });
        broker.run(register({ peer: peer(60), tenant: 'b', consumer: 'b', queue: 'q' }));
        for (const [one, two] of loads) {
          const modest = publish({ peer: peer(3), tenant: 'b', of: messages(5) });
          const greedy = [
            publish({ peer: peer(1), tenant: '', of: messages(one) }),
            publish({ peer: peer(2), tenant: 'a', of: messages(two) }),
          ];
          const before = broker.left.length;
          broker.run(...(comesLast ? [...greedy, modest] : [modest, ...greedy]));
          const given = received(broker.left.slice(before), peer(60));
          expect(given.length).toBe(5);
          broker.run(
            ack(
              peer(60),
              given.map(({ delivery }) => delivery),
            ),
          );
        }
      }),
      { seed: 9, numRuns: 10 },
    );
  });
});

describe('a producer that waits for room', () => {
  it('is not refused: its publishes are held, in order, and taken as consumers make room', () => {
    const broker = bounded({ ingress: 3 });
    broker.run(publish({ of: ['1', '2'].map((body) => ({ topic: 'q', body })), waits: true }));
    broker.run(publish({ of: ['3', '4', '5', '6'].map((body) => ({ topic: 'q', body })), waits: true }));
    broker.run(publish({ of: ['7'].map((body) => ({ topic: 'q', body })), waits: true }));
    expect(broker.queue('q').depth).toBe(3);
    expect(broker.broker.held).toBe(1);
    expect(broker.state.counters).toMatchObject({ heldBack: 4, quotaRefused: 0, refused: 0 });
    broker.run(register({ queue: 'q', windowMessages: 2 }));
    const order: string[] = [];
    for (let given = received(broker.left); given.length > 0; ) {
      order.push(...given.map(({ body }) => body));
      given = received(
        broker.run(
          ack(
            peer(10),
            given.map(({ delivery }) => delivery),
          ),
        ),
      );
    }
    expect(order).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(acceptedOf(broker, peer(1))).toBe(7);
    expect(broker.broker.held).toBe(0);
  });

  it('that is throttled is served when its time comes, without any other event', () => {
    const rate = { messages: 10, bytes: Number.POSITIVE_INFINITY, burstMs: 100 };
    const broker = bounded({}, { publish: [{ scope: 'topic', match: '>', tenant: null, rate }] });
    broker.run(publish({ of: messages(6), waits: true }));
    expect(broker.queue('q').depth).toBe(1);
    broker.advance(600);
    expect(broker.queue('q').depth).toBe(6);
    expect(broker.state.counters.throttled).toBe(0);
  });

  it('takes turns with the others that wait', () => {
    const broker = bounded({ ingress: 4 });
    for (const [n, tenant] of [
      [1, 'a'],
      [2, 'a'],
      [3, 'b'],
    ] as const) {
      broker.run(publish({ peer: peer(n), tenant, of: messages(20), waits: true }));
    }
    for (const [at, tenant] of TENANTS.entries())
      broker.run(register({ peer: peer(50 + at), tenant, queue: 'q', acks: false, windowMessages: 1 }));
    for (let n = 0; n < 100 && broker.broker.held > 0; n += 1) broker.advance(250);
    expect([1, 2, 3].map((n) => acceptedOf(broker, peer(n)))).toEqual([20, 20, 20]);
  });

  it('takes what it had said along when it goes, and a draining broker refuses what waits', () => {
    const broker = bounded({ ingress: 1 });
    for (const n of [1, 2]) broker.run(publish({ peer: peer(n), of: messages(3), waits: true }));
    broker.run({ type: 'peer-gone', peer: peer(1), cause: 'gone' });
    expect(broker.broker.held).toBe(1);
    broker.run({ type: 'drain' });
    broker.run();
    expect(broker.broker.held).toBe(0);
    const codes = effectsOf(broker.left, 'published', peer(2)).flatMap(({ refusals }) =>
      refusals.map(({ code }) => code),
    );
    expect(codes).toEqual(['DRAINING', 'DRAINING', 'DRAINING']);
  });

  it('is refused beyond what may wait, behind what it has waiting', () => {
    const broker = bounded({ ingress: 1 });
    const half = 'x'.repeat(LINE_BYTES_MAX / 2);
    for (let n = 0; n < 4; n += 1)
      broker.run(publish({ of: [{ topic: 'q', body: half }], firstSequence: n, waits: true }));
    expect(effectsOf(broker.left, 'published').map(({ first }) => first)).toEqual([0]);
    broker.run(register({ queue: 'q', acks: false, windowBytes: 2 * LINE_BYTES_MAX }));
    for (let n = 0; n < 9; n += 1) broker.advance(250);
    const answers = effectsOf(broker.left, 'published').map(({ first, refusals }) => [
      first,
      refusals[0]?.code ?? null,
    ]);
    expect(answers).toEqual([
      [0, null],
      [1, null],
      [2, 'BUSY'],
      [3, 'BUSY'],
    ]);
  });
});

describe('handing over', () => {
  it('goes round tenants: one with many queues costs another no more than its turn', () => {
    const broker = aBroker();
    const served: string[] = [];
    for (let n = 0; n < 60; n += 1) {
      const name = `q${n}`;
      broker.run({
        type: 'declare-queue',
        request: anOperatorRequest(),
        tenant: 'many',
        name,
        policy: {},
        patterns: [name],
      });
      broker.run(register({ peer: peer(1_000 + n), tenant: 'many', consumer: name, queue: name }));
    }
    broker.run({
      type: 'declare-queue',
      request: anOperatorRequest(),
      tenant: 'one',
      name: 'q',
      policy: {},
      patterns: ['q'],
    });
    broker.run(register({ peer: peer(999), tenant: 'one', consumer: 'c', queue: 'q' }));
    const many = Array.from({ length: 60 }, (_, n) => `q${n}`);
    broker.run(
      publish({ peer: peer(1), tenant: 'many', of: many }),
      publish({ peer: peer(2), tenant: 'one', of: ['q'] }),
    );
    for (const { effect } of broker.left) if (effect.type === 'deliver') served.push(effect.queue.tenant);
    expect(served.length).toBe(61);
    expect(served.indexOf('one')).toBeLessThan(2);
  });
});
