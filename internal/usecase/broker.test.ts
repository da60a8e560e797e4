// The turn as a whole: a fault in a rule, delivery ids over a restart, a disk that is full.

import { describe, expect, it } from 'vitest';
import type { Command } from '../domain/command.ts';
import { asDeliveryId } from '../domain/ids.ts';
import { CONTROL_ROOM_BYTES, DELIVERY_ID_BLOCK, SETTLEMENT_BYTES } from '../domain/limits.ts';
import type { RouteIndex } from '../domain/route-index.ts';
import { RadixRouteIndex } from '../repository/routes/radix-route-index.ts';
import {
  aBroker,
  ack,
  anOperatorRequest,
  bodies,
  codes,
  effectsOf,
  nack,
  peer,
  publish,
  received,
  register,
} from '../testing/fixtures/a-broker.ts';
import { fingerprint } from './fingerprint.ts';

const A = peer(11);
const B = peer(12);

describe('a throw in decide', () => {
  it('refuses the command as INTERNAL, changes nothing, and the next one is taken', () => {
    let fails = false;
    class Failing extends RadixRouteIndex implements RouteIndex {
      override match(...asked: Parameters<RadixRouteIndex['match']>): ReturnType<RadixRouteIndex['match']> {
        if (fails) throw new Error('planted');
        return super.match(...asked);
      }
    }
    const broker = aBroker({ routeIndex: new Failing() });
    broker.declare('q');
    const before = fingerprint(broker.state);
    const groups = broker.journal.groups.length;
    fails = true;
    const [refused] = effectsOf(broker.run(publish({ firstSequence: 4, of: ['q', 'q'] })), 'published');
    expect(refused).toMatchObject({
      first: 4,
      count: 2,
      refusals: [
        { index: 0, code: 'INTERNAL' },
        { index: 1, code: 'INTERNAL' },
      ],
    });
    expect(broker.observations).toMatchObject([{ type: 'command-failed', command: 'publish' }]);
    expect(fingerprint(broker.state)).toBe(before);
    expect(broker.journal.groups.length).toBe(groups);
    fails = false;
    expect(effectsOf(broker.run(publish({ of: ['q'] })), 'published')).toMatchObject([{ refusals: [] }]);
  });

  it('answers an operator, and each word of a client by its name', () => {
    const broker = aBroker();
    const broken = (command: object): Command =>
      Object.defineProperty({ ...command }, 'tenant', {
        get: () => {
          throw new Error('planted');
        },
      }) as Command;
    const [reply] = effectsOf(
      broker.run(broken({ type: 'purge-queue', request: anOperatorRequest(), name: 'q' })),
      'operator-reply',
    );
    expect(reply?.outcome).toMatchObject({ ok: false, refusal: { code: 'INTERNAL' } });
    const [refused] = effectsOf(broker.run(broken({ ...register({ peer: A }) })), 'refused');
    expect(refused).toMatchObject({ word: 'consumer.register', refusal: { code: 'INTERNAL' } });
  });
});

describe('delivery ids', () => {
  it('do not leave before their reservation is durable, for any consumer', () => {
    const broker = aBroker({ started: false });
    broker.declare('q');
    broker.run(publish({ of: ['q', 'q'] }));
    broker.turn(register({ peer: A, consumer: 'a', queue: 'q', windowMessages: 1 }));
    expect(broker.journal.events.some(({ event }) => event.type === 'delivery-ids-reserved')).toBe(true);
    expect(bodies(broker.turn(register({ peer: B, consumer: 'b', queue: 'q', windowMessages: 1 })))).toEqual([]);
    expect(bodies(broker.run())).toEqual(['q', 'q']);
  });

  it('of one consumer wait for the reservation that another one made', () => {
    const broker = aBroker();
    broker.declare('q');
    broker.run(register({ peer: A, consumer: 'a', queue: 'q', windowMessages: 1 }));
    broker.run(register({ peer: B, consumer: 'b', queue: 'q', windowMessages: 1 }));
    broker.state.nextDelivery = broker.state.reservedThrough;
    broker.turn(publish({ of: ['q', 'q'] }));
    broker.journal.sync();
    expect(bodies(broker.turn())).toEqual([]);
    expect(broker.state.leases.size).toBe(2);
    expect(bodies(broker.turn())).toEqual([]);
    expect(bodies(broker.run())).toEqual(['q', 'q']);
    const got = received(broker.run(ack(A, [received(broker.left, A)[0]?.delivery ?? 0]), publish({ of: ['q'] })));
    expect(got).toHaveLength(1);
  });

  it('begin behind the block in use after a restart', () => {
    const broker = aBroker();
    broker.declare('q');
    const [before] = received(broker.run(register({ peer: A, queue: 'q' }), publish({ of: ['q'] })));
    broker.run({ type: 'start' });
    const [after] = received(broker.run(register({ peer: B, queue: 'q' })));
    expect(after?.delivery).toBeGreaterThanOrEqual(1 + DELIVERY_ID_BLOCK);
    expect(after?.delivery).toBeGreaterThan(before?.delivery ?? Number.POSITIVE_INFINITY);
    expect(codes(broker.run(ack(B, [before?.delivery ?? 0])))).toEqual(['STALE_DELIVERY']);
  });
});

describe('a start', () => {
  it('returns what cannot have survived, and waits for who may come back', () => {
    const broker = aBroker();
    broker.declare('q');
    const lasting = register({ peer: A, consumer: 'lasting', queue: 'q', windowMessages: 1, resumable: true });
    broker.run(
      lasting,
      register({ peer: B, consumer: 'plain', queue: 'q', windowMessages: 1 }),
      publish({ of: ['q', 'q'] }),
    );
    broker.run({ type: 'start' });
    expect(broker.state.epoch).toBe(2);
    expect(broker.queue('q').leased).toBe(1);
    expect(broker.queue('q').ready).toBe(1);
    broker.advance(10_000);
    expect(broker.queue('q').ready).toBe(2);
  });
});

describe('a turn that stops at its bound', () => {
  it('asks for the next one, which goes on where it stopped', () => {
    const broker = aBroker();
    const names = Array.from({ length: 20 }, (_, i) => `q${i}`);
    for (const name of names) broker.declare(name, { patterns: ['t'] });
    const hungry = { windowMessages: 1_024, windowBytes: 8_000_000 };
    broker.run(...names.map((name, i) => register({ peer: peer(100 + i), consumer: name, queue: name, ...hungry })));
    broker.turn(publish({ of: Array.from({ length: 1_024 }, () => 't') }));
    broker.journal.sync();
    const { wakes } = broker;
    expect(received(broker.turn())).toHaveLength(16 * 1_024);
    expect(broker.wakes).toBeGreaterThan(wakes);
    expect(received(broker.turn())).toHaveLength(4 * 1_024);
  });
});

describe('a full disk', () => {
  it('stops dispatch when no settlement can be booked, and lets it go on when one can', () => {
    const broker = aBroker();
    broker.declare('q');
    const bookable = CONTROL_ROOM_BYTES / SETTLEMENT_BYTES - 1;
    broker.run(publish({ of: Array.from({ length: bookable + 3 }, () => 'q') }));
    broker.journal.setRoom(0, CONTROL_ROOM_BYTES);
    const got = received(broker.run(register({ peer: A, queue: 'q', windowMessages: 1_000 })));
    expect(got).toHaveLength(bookable);
    expect(broker.queue('q').ready).toBe(3);
    expect(received(broker.run(ack(A, [got[0]?.delivery ?? 0])))).toHaveLength(1);
    broker.journal.setRoom(1_000_000, CONTROL_ROOM_BYTES, null);
    expect(received(broker.run())).toHaveLength(2);
    expect(broker.stranded).toEqual([]);
  });

  it('answers who wants to begin something that it has no room for', () => {
    const broker = aBroker();
    broker.declare('q');
    broker.journal.setRoom(0, CONTROL_ROOM_BYTES - 1);
    expect(codes(broker.run(register({ peer: A, queue: 'q' })))).toEqual(['STORAGE_FULL']);
    broker.journal.setRoom(0, CONTROL_ROOM_BYTES);
    expect(effectsOf(broker.run(register({ peer: A, queue: 'q' })), 'registered')).toHaveLength(1);
  });

  it('takes every settlement of what is out', () => {
    const broker = aBroker();
    broker.declare('q');
    const got = received(broker.run(register({ peer: A, queue: 'q' }), publish({ of: ['q', 'q'] })));
    broker.journal.setRoom(0, 0);
    expect(codes(broker.run(ack(A, [got[0]?.delivery ?? 0]), nack(A, got[1]?.delivery ?? 0, 'terminal')))).toEqual([]);
    expect(broker.queue('q')).toMatchObject({ depth: 0 });
    const extend = { type: 'extend', peer: A, deliveries: [asDeliveryId(1)], byMs: null, request: null } as const;
    expect(codes(broker.run(extend))).toEqual(['STORAGE_FULL']);
  });

  it('that is only being prepared holds publishes back, in order, and refuses none', () => {
    const broker = aBroker();
    broker.declare('q');
    broker.journal.setRoom(0, 1_000_000, null);
    expect(broker.run(publish({ of: ['q'] }), publish({ firstSequence: 2, of: ['q'] }))).toEqual([]);
    broker.journal.setRoom(1_000_000, 1_000_000, null);
    expect(effectsOf(broker.run(), 'published')).toMatchObject([
      { first: 1, refusals: [] },
      { first: 2, refusals: [] },
    ]);
  });
});
