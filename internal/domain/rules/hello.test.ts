// At the bound of producers the one that has been away and silent the longest makes room, and nobody who may come back.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  type BrokerFixture,
  codes,
  effectsOf,
  helloAgain,
  helloNew,
  peer,
  publish,
} from '../../testing/fixtures/a-broker.ts';
import { asProducerId } from '../ids.ts';

const DAY_MS = 24 * 3_600_000;
/** A producer that was here within this time may be on its way back. */
const AWAY_MS = 60_000;

/** Producers 1 to 3, on peers of the same numbers, at a bound of three; none expires by time. */
function full(): BrokerFixture {
  const broker = aBroker({ limits: { producersMax: 3, producerExpireMs: DAY_MS } });
  broker.declare('q', { patterns: ['a'] });
  broker.run(helloNew(peer(1)), helloNew(peer(2)), helloNew(peer(3)));
  return broker;
}

const leave = (broker: BrokerFixture, ...peers: readonly number[]): void => {
  for (const n of peers) broker.run({ type: 'peer-gone', peer: peer(n), cause: 'gone' });
};

const speak = (broker: BrokerFixture, producer: number): void => {
  broker.run(publish({ peer: peer(producer), producer: asProducerId(producer), firstSequence: 1, of: ['a'] }));
};

const producers = ({ state }: BrokerFixture): number[] => [...state.producers.keys()];

describe('a new producer at the bound', () => {
  it('takes the place of the one that is away and has been silent the longest', () => {
    const broker = full();
    for (const producer of [2, 1, 3]) {
      broker.advance(1_000);
      speak(broker, producer);
    }
    leave(broker, 3, 1, 2);
    broker.advance(AWAY_MS);
    const from = broker.journal.events.length;
    expect(effectsOf(broker.run(helloNew(peer(4))), 'hello-ok')).toHaveLength(1);
    expect(producers(broker)).toEqual([1, 3, 4]);
    const recorded = broker.journal.events.slice(from).map(({ event }) => event);
    expect(recorded).toMatchObject([
      { type: 'producer-expired', producer: 2 },
      { type: 'producer-opened', producer: 4 },
    ]);
    expect(codes(broker.run(helloAgain(peer(5), asProducerId(2))))).toEqual(['UNKNOWN_PRODUCER']);
    expect(effectsOf(broker.run(helloNew(peer(6))), 'hello-ok')).toHaveLength(1);
    expect(producers(broker)).toEqual([3, 4, 5]);
  });

  it('is refused while the others are connected, however silent they are', () => {
    const broker = full();
    broker.advance(DAY_MS / 2);
    const [refused] = effectsOf(broker.run(helloNew(peer(4))), 'refused');
    expect(refused?.refusal).toMatchObject({ code: 'TOO_MANY_PRODUCERS', retryAfterMs: 5_000 });
    expect(producers(broker)).toEqual([1, 2, 3]);
  });

  it('passes over one that is connected, though another that left was heard later', () => {
    const broker = full();
    broker.advance(1_000);
    speak(broker, 2);
    leave(broker, 2);
    broker.advance(AWAY_MS);
    expect(effectsOf(broker.run(helloNew(peer(4))), 'hello-ok')).toHaveLength(1);
    expect(producers(broker)).toEqual([1, 3, 4]);
  });

  it('is refused until the first of those that left has been silent for a minute', () => {
    const broker = full();
    broker.advance(1_000);
    speak(broker, 1);
    speak(broker, 2);
    speak(broker, 3);
    leave(broker, 1, 2, 3);
    broker.advance(AWAY_MS - 1);
    expect(codes(broker.run(helloNew(peer(4))))).toEqual(['TOO_MANY_PRODUCERS']);
    broker.advance(1);
    expect(effectsOf(broker.run(helloNew(peer(4))), 'hello-ok')).toHaveLength(1);
    expect(producers(broker)).toEqual([2, 3, 4]);
  });

  it('makes no room for one that comes back by its own name: that needs none', () => {
    const broker = full();
    leave(broker, 1, 2, 3);
    broker.advance(AWAY_MS);
    expect(effectsOf(broker.run(helloAgain(peer(9), asProducerId(1))), 'hello-ok')).toHaveLength(1);
    expect(producers(broker)).toEqual([1, 2, 3]);
  });
});
