// Cut at any event, an import of dead letters is taken back by the next start, and the next import is whole.

import { describe, expect, it } from 'vitest';
import { RadixRouteIndex } from '../repository/routes/radix-route-index.ts';
import { aBroker, anOperatorRequest, type BrokerFixture, effectsOf, publish } from '../testing/fixtures/a-broker.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import { cutImports } from './import-marks.ts';
import { checkInvariants } from './invariants.ts';
import type { ImportDeadLetters } from './operator-command.ts';
import { State } from './state.ts';

const NO_LEDGER = { retain: () => undefined, release: () => undefined };
const letter = (queueName: string): ImportDeadLetters['records'][number] => ({
  tenant: '',
  queueName,
  topic: 'a',
  block: new Uint8Array(20),
  atMs: 7,
  reason: 'old',
  history: [],
});
const IMPORT: ImportDeadLetters = {
  type: 'import-dead-letters',
  request: anOperatorRequest(),
  digest: 'f00d',
  records: [letter('one'), letter('two'), letter('one')],
  refused: [],
};

/** A message that waits, and an import behind it. */
function imported(): BrokerFixture {
  const broker = aBroker();
  broker.declare('one', { patterns: ['a'] });
  broker.run(publish({ of: ['a'] }));
  broker.run(IMPORT);
  return broker;
}

/** The state after the first `count` events, and then the first decision of a start. */
function startedFrom({ journal, state }: BrokerFixture, count: number): State {
  const again = new State(new RadixRouteIndex(), state.limits, state.defaultPolicy);
  for (const { event, placement } of journal.events.slice(0, count)) evolve(again, event, placement, NO_LEDGER);
  run(again, { type: 'start' });
  return again;
}

function run(state: State, command: Parameters<typeof decide>[1]): void {
  const decision = decide(state, command, { nowMs: 9, chance: () => 0 });
  const last = { position: 1, offset: 0, timeMs: 9 } as unknown as Parameters<typeof evolve>[2];
  for (const { event } of decision.drafts) evolve(state, event, last, NO_LEDGER);
  decision.then?.();
  checkInvariants(state);
}

const depths = (state: State): number[] => [...state.queues.values()].map(({ depth }) => depth);

describe('an import of dead letters', () => {
  it('that was cut anywhere leaves no record behind, and what was there before', () => {
    const broker = imported();
    const { events } = broker.journal;
    const begun = events.findIndex(({ event }) => event.type === 'imported');
    expect(events.slice(begun).map(({ event }) => event.type)).toEqual([
      'imported',
      ...Array.from({ length: 3 }, () => ['accepted', 'dead-lettered']).flat(),
      'imported',
      'operator-action',
    ]);
    const ended = events.findLastIndex(({ event }) => event.type === 'imported');
    for (let count = begun + 1; count <= ended; count += 1) {
      const state = startedFrom(broker, count);
      expect({ letters: state.deadLetters, depths: depths(state) }).toEqual({ letters: 0, depths: [1, 0] });
      run(state, IMPORT);
      expect({ letters: state.deadLetters, depths: depths(state) }).toEqual({ letters: 3, depths: [1, 0] });
      expect(cutImports(state.imports)).toEqual([]);
    }
  });

  it('that was whole stays, however often the broker starts, and is refused the second time', () => {
    const broker = imported();
    const state = startedFrom(broker, broker.journal.events.length);
    run(state, { type: 'start' });
    expect(state.deadLetters).toBe(3);
    expect(effectsOf(broker.run(IMPORT), 'operator-reply')).toMatchObject([
      { outcome: { refusal: { code: 'ALREADY_IMPORTED' } } },
    ]);
  });

  it('that was taken back is not taken back again: what came later stays through the next start', () => {
    const broker = imported();
    const state = startedFrom(broker, broker.journal.events.length - 1);
    run(state, IMPORT);
    run(state, { type: 'start' });
    expect(state.deadLetters).toBe(3);
  });
});
