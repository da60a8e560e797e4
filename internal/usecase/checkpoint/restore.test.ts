// A checkpoint of a state that came out of a checkpoint: what was gone stays gone, however often the broker starts.

import { describe, expect, it } from 'vitest';
import type { BlockLedger } from '../../domain/entry-moves.ts';
import { State } from '../../domain/state.ts';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import {
  aBroker,
  ack,
  anOperatorRequest,
  type BrokerFixture,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { fingerprint } from '../fingerprint.ts';
import { capture } from './capture.ts';
import { decodeCapture, encodeCapture } from './codec.ts';
import { Restoration } from './restore.ts';

const NO_LEDGER: BlockLedger = { retain: () => undefined, release: () => undefined };

/** The state after a checkpoint of `state`, and a start from it. */
function restarted(state: State, { journal }: BrokerFixture): State {
  const bytes = Buffer.concat([...encodeCapture(capture(state, journal.last))]);
  const again = new State(new RadixRouteIndex(), state.limits, state.defaultPolicy);
  const restoration = new Restoration(again, decodeCapture(bytes, journal.last), NO_LEDGER);
  for (const { event, placement } of journal.events) {
    if (event.type === 'accepted') restoration.accepted(event, placement);
    else if (event.type === 'relocated') restoration.relocated(event, placement);
  }
  restoration.finish();
  return again;
}

/** Ten messages, of which the consumer has settled these. */
function settled(...sequences: readonly number[]): BrokerFixture {
  const broker = aBroker();
  broker.run(register({ subscriptions: ['a'] }));
  const given = received(broker.run(publish({ of: Array.from({ length: 10 }, () => 'a') })));
  const done = given.filter(({ sequence }) => sequences.includes(sequence)).map(({ delivery }) => delivery);
  broker.run(ack(peer(10), done));
  return broker;
}

describe('a state restored from a checkpoint', () => {
  it.each([
    ['between two that live', [2, 3, 7]],
    ['behind the last that lives', [8, 9, 10]],
    ['before the first that lives', [1, 2]],
  ])('gives nothing back that was settled %s, over three restarts', (_where, sequences) => {
    const broker = settled(...sequences);
    let { state } = broker;
    for (let restart = 1; restart <= 3; restart += 1) {
      state = restarted(state, broker);
      expect(fingerprint(state)).toBe(fingerprint(broker.state));
    }
  });

  it('knows the consumers that operators hold back', () => {
    const broker = settled(1);
    const pause = { type: 'steer-consumer', request: anOperatorRequest(), tenant: '' } as const;
    broker.run({ ...pause, consumer: 'node-1', word: 'pause' }, { ...pause, consumer: 'late', word: 'drain' });
    const state = restarted(restarted(broker.state, broker), broker);
    expect(fingerprint(state)).toBe(fingerprint(broker.state));
    expect([...state.steered.all.values()]).toEqual([...broker.state.steered.all.values()]);
    expect([...state.sessions.values()].map((session) => session.steering)).toEqual(
      [...broker.state.sessions.values()].map((session) => session.steering),
    );
  });

  it('gives nothing back that was settled before what came after a restart', () => {
    const broker = settled(8, 9, 10);
    const state = restarted(broker.state, broker);
    const queue = state.queueNamed('', 'a');
    queue?.entries.append(state.nextSequence, broker.journal.last, 0, 1, broker.nowMs);
    expect([...(queue?.entries.runs() ?? [])]).toEqual([
      [1, 7],
      [11, 11],
    ]);
  });
});
