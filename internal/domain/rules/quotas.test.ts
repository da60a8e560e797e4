// Bounds on what lies in queues: exact to the message and to the byte, told to whom they refuse, and open again with the first settlement.

import { describe, expect, it } from 'vitest';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import {
  aBroker,
  ack,
  anOperatorRequest,
  type BrokerFixture,
  effectsOf,
  nack,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { capture } from '../../usecase/checkpoint/capture.ts';
import { decodeCapture, encodeCapture } from '../../usecase/checkpoint/codec.ts';
import { Restoration } from '../../usecase/checkpoint/restore.ts';
import { why } from '../../usecase/explain.ts';
import { type Bounds, NO_QUOTAS, UNBOUNDED } from '../quotas.ts';
import { State } from '../state.ts';
import { checkUsage } from '../usage-invariants.ts';

interface Given {
  readonly all?: Partial<Bounds>;
  readonly tenants?: Readonly<Record<string, Partial<Bounds>>>;
}

function bounded({ all = {}, tenants = {} }: Given): BrokerFixture {
  const broker = aBroker({
    limits: {
      quotas: {
        ...NO_QUOTAS,
        all: { ...UNBOUNDED, ...all },
        tenants: new Map(Object.entries(tenants).map(([tenant, bounds]) => [tenant, { ...UNBOUNDED, ...bounds }])),
      },
    },
  });
  return broker;
}

const declare = (broker: BrokerFixture, tenant: string, name: string, patterns = [name]): void =>
  void broker.run({ type: 'declare-queue', request: anOperatorRequest(), tenant, name, policy: {}, patterns });

const say = (broker: BrokerFixture, tenant: string, of: readonly string[], from = peer(1)) =>
  broker.run(publish({ peer: from, tenant, of }));

/** What became of each: null where it was taken. */
const outcomes = (leaving: ReturnType<BrokerFixture['run']>): (string | null)[] =>
  effectsOf(leaving, 'published').flatMap(({ count, refusals }) =>
    Array.from({ length: count }, (_, at) => refusals.find(({ index }) => index === at)?.code ?? null),
  );

describe('the quota of a tenant', () => {
  it('takes as many messages as it says and refuses the next with what is used, of what, and when to come again', () => {
    const broker = bounded({ tenants: { a: { ingress: 3 } } });
    declare(broker, 'a', 'q');
    const leaving = say(broker, 'a', ['q', 'q', 'q', 'q']);
    expect(outcomes(leaving)).toEqual([null, null, null, 'QUOTA_EXCEEDED']);
    const [refusal] = effectsOf(leaving, 'published').flatMap(({ refusals }) => refusals);
    expect(refusal?.detail).toBe('tenant "a" has 3 of 3 messages in queues and with consumers (max_ingress)');
    expect(refusal?.retryAfterMs).toBeGreaterThan(0);
  });

  it('counts bytes to the byte, and says of a message that is larger than all of it that it need not come again', () => {
    const broker = bounded({ tenants: { a: { ingressBytes: 10 } } });
    declare(broker, 'a', 'q', ['*']);
    expect(outcomes(say(broker, 'a', ['12345', '6789']))).toEqual([null, null]);
    expect(outcomes(say(broker, 'a', ['ab']))).toEqual(['QUOTA_EXCEEDED']);
    expect(outcomes(say(broker, 'a', ['a']))).toEqual([null]);
    const [refusal] = effectsOf(say(broker, 'a', ['12345678901']), 'published').flatMap(({ refusals }) => refusals);
    expect(refusal).not.toHaveProperty('retryAfterMs');
  });

  it('counts a message once in each of its queues, and takes it in all or in none', () => {
    const broker = bounded({ tenants: { a: { queued: 3 } } });
    declare(broker, 'a', 'one', ['x']);
    declare(broker, 'a', 'two', ['x']);
    expect(outcomes(say(broker, 'a', ['x', 'x']))).toEqual([null, 'QUOTA_EXCEEDED']);
    expect([broker.queue('one', 'a').depth, broker.queue('two', 'a').depth]).toEqual([1, 1]);
  });

  it('of what waits lets in as much as consumers take, and that of all in queues does not', () => {
    const broker = bounded({ tenants: { a: { queued: 2 }, b: { ingress: 2 } } });
    for (const tenant of ['a', 'b']) {
      declare(broker, tenant, 'q');
      say(broker, tenant, ['q', 'q']);
      broker.run(register({ peer: peer(tenant === 'a' ? 10 : 11), tenant, queue: 'q' }));
    }
    expect(outcomes(say(broker, 'a', ['q']))).toEqual([null]);
    expect(outcomes(say(broker, 'b', ['q']))).toEqual(['QUOTA_EXCEEDED']);
  });

  it('touches no other tenant, unless it is that of every other', () => {
    const broker = bounded({ tenants: { a: { ingress: 1 }, '*': { ingress: 2 } } });
    for (const tenant of ['a', 'b', 'c']) {
      declare(broker, tenant, 'q');
      const taken = outcomes(say(broker, tenant, ['q', 'q', 'q'])).filter((code) => code === null).length;
      expect([tenant, taken]).toEqual([tenant, tenant === 'a' ? 1 : 2]);
    }
  });

  it('has room again with each way out of a queue', () => {
    const broker = bounded({ tenants: { '': { ingress: 1 } } });
    broker.declare('q', { policy: { attemptsMax: 1 } });
    const held = () => received(broker.left).at(-1)?.delivery ?? 0;
    const refill = (): void => expect(outcomes(say(broker, '', ['q', 'q']))).toEqual([null, 'QUOTA_EXCEEDED']);
    refill();
    broker.run({ type: 'purge-queue', request: anOperatorRequest(), tenant: '', name: 'q' });
    broker.run(register({ queue: 'q' }));
    refill();
    broker.run(ack(peer(10), [held()]));
    refill();
    broker.run(nack(peer(10), held(), 'terminal'));
    refill();
    expect(broker.state.usage.all.messages).toBe(1);
  });

  it('is the same after a replay of the journal and after a checkpoint', () => {
    const broker = bounded({ tenants: { a: { ingress: 9 } } });
    declare(broker, 'a', 'q');
    broker.run(register({ tenant: 'a', queue: 'q', windowMessages: 2, resumable: true }));
    say(broker, 'a', ['q', 'q', 'q', 'q', 'q']);
    broker.run(nack(peer(10), received(broker.left)[0]?.delivery ?? 0, 'terminal'));
    const { messages, bytes, leased, leasedBytes } = broker.state.usage.all;
    expect({ messages, bytes, leased, leasedBytes }).toEqual({ messages: 4, bytes: 4, leased: 2, leasedBytes: 2 });
    const again = new State(new RadixRouteIndex(), broker.state.limits, broker.state.defaultPolicy);
    const image = Buffer.concat([...encodeCapture(capture(broker.state, broker.journal.last))]);
    const ledger = { retain: () => undefined, release: () => undefined };
    const restoration = new Restoration(again, decodeCapture(image, broker.journal.last), ledger);
    for (const { event, placement } of broker.journal.events)
      if (event.type === 'accepted') restoration.accepted(event, placement);
    restoration.finish();
    for (const state of [broker.replayed(), again]) {
      checkUsage(state);
      expect(state.usage.all).toMatchObject({ messages, bytes, leased, leasedBytes });
      expect(state.usage.of('a')).toMatchObject({ messages, bytes, leased, leasedBytes });
    }
  });

  it('forgets a tenant with its last queue', () => {
    const broker = bounded({ tenants: { a: { ingress: 1 } } });
    declare(broker, 'a', 'q');
    say(broker, 'a', ['q']);
    broker.run({ type: 'delete-queue', request: anOperatorRequest(), tenant: 'a', name: 'q', force: true });
    expect(broker.state.usage.tenants.size).toBe(0);
    expect(broker.state.usage.all.messages).toBe(0);
  });
});

describe('max_inflight of a tenant', () => {
  it('bounds what all of its consumers hold together, is told by why, and wakes its queues with the first ack', () => {
    const broker = bounded({ tenants: { a: { inflight: 3 } } });
    declare(broker, 'a', 'one');
    declare(broker, 'a', 'two');
    declare(broker, 'b', 'other');
    broker.run(register({ peer: peer(10), tenant: 'a', consumer: 'x', queue: 'one' }));
    broker.run(register({ peer: peer(11), tenant: 'a', consumer: 'y', queue: 'two' }));
    broker.run(register({ peer: peer(12), tenant: 'b', consumer: 'z', queue: 'other' }));
    const first = received(say(broker, 'a', ['one', 'one', 'two', 'two', 'two']));
    expect(first.length).toBe(3);
    expect(received(say(broker, 'b', ['other', 'other', 'other', 'other'])).length).toBe(4);
    const { state, journal, broker: turns } = broker;
    const full = ['one', 'two'].map((name) => why(state, broker.queue(name, 'a'), journal, turns.bodies, broker.nowMs));
    expect(full.map(({ reason }) => reason)).toContain('tenant_inflight_full');
    expect(full.find(({ reason }) => reason === 'tenant_inflight_full')?.detail).toContain('hold 3 of 3 messages');
    expect(broker.stranded).toEqual([]);
    const [one] = first;
    const next = received(broker.run(ack(one?.peer ?? peer(10), [one?.delivery ?? 0])));
    expect(next.length).toBe(1);
  });

  it('bounds bytes too: the last message may reach over', () => {
    const broker = bounded({ tenants: { '': { inflightBytes: 4 } } });
    broker.declare('abc');
    broker.run(register({ queue: 'abc' }));
    expect(received(say(broker, '', ['abc', 'abc', 'abc', 'abc'])).length).toBe(2);
  });
});

describe('the bounds of the broker', () => {
  it('hold over all tenants, and refuse as BUSY with the name of the setting', () => {
    const broker = bounded({ all: { ingress: 5 } });
    broker.declare('q');
    const leaving = say(broker, '', ['q', 'q', 'q', 'q', 'q', 'q']);
    expect(outcomes(leaving)).toEqual([null, null, null, null, null, 'BUSY']);
    expect(effectsOf(leaving, 'published')[0]?.refusals[0]?.detail).toContain('5 of 5');
    expect(effectsOf(leaving, 'published')[0]?.refusals[0]?.detail).toContain('MAX_GLOBAL_INGRESS');
  });

  it('leave room for whoever holds little: one tenant alone does not use them up where there are others', () => {
    const broker = bounded({ all: { queued: 90 } });
    declare(broker, 'greedy', 'q');
    declare(broker, 'modest', 'q');
    const taken = outcomes(
      say(
        broker,
        'greedy',
        Array.from({ length: 200 }, () => 'q'),
      ),
    );
    expect(taken.filter((code) => code === null).length).toBe(80);
    expect(outcomes(say(broker, 'modest', ['q', 'q', 'q', 'q', 'q']))).toEqual([null, null, null, null, null]);
  });
});
