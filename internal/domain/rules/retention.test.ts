// Bounds of the dead letters: by age, count and bytes, oldest first, and on record.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  type BrokerFixture,
  nack,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import type { Limits } from '../limits.ts';

/** A queue whose messages die of the first nack, one after the other, a second between two. */
function withLetters(count: number, limits: Partial<Limits>): BrokerFixture {
  const broker = aBroker({ limits });
  broker.run(register({ subscriptions: ['a'] }));
  for (let i = 0; i < count; i += 1) {
    const [given] = received(broker.run(publish({ of: ['a'] })));
    if (given !== undefined) broker.run(nack(peer(10), given.delivery, 'terminal'));
    broker.advance(1_000);
  }
  return broker;
}

const letters = ({ state }: BrokerFixture): number[] => [...(state.queueNamed('', 'a')?.dead.keys() ?? [])];

/** Longer than the time between two sweeps. */
const SWEPT_MS = 10_001;

describe('dead letters', () => {
  it('go when they are too old, and the log says so', () => {
    const broker = withLetters(4, { deadLetterAgeMs: 60_000 });
    expect(letters(broker)).toHaveLength(4);
    broker.advance(57_500);
    broker.advance(SWEPT_MS);
    expect(letters(broker)).toEqual([]);
    const lines = broker.journal.events.flatMap(({ event }) => (event.type === 'operator-action' ? [event] : []));
    const reason = 'older than DLQ_MAX_AGE_MS';
    for (const line of lines) {
      expect(line).toMatchObject({ operation: 'expire_dead_letter', operator: { actor: 'broker', reason } });
    }
    expect(lines.flatMap(({ resulting }) => resulting).reduce((sum, { count }) => sum + Number(count), 0)).toBe(4);
    expect(broker.state).toMatchObject({ deadLetters: 0, deadLetterBytes: 0 });
  });

  it.each([
    ['count', { deadLettersMax: 2 }],
    ['bytes', { deadLetterBytesMax: 2 }],
  ])('beyond the bound of %s go, oldest first, where the policy says so', (_what, bound) => {
    const broker = withLetters(5, { ...bound, deadLettersFull: 'drop-oldest' });
    broker.advance(SWEPT_MS);
    const left = letters(broker);
    expect(left.length).toBeLessThan(5);
    expect(left.at(-1)).toBe(5);
    expect(left).toEqual(left.toSorted((a, b) => a - b));
  });

  it.each([
    ['count', { deadLettersMax: 2 }],
    ['bytes', { deadLetterBytesMax: 2 }],
  ])('at the bound of %s are kept, and new ones wait in their queue, where nothing else is said', (_what, bound) => {
    const broker = withLetters(5, bound);
    broker.advance(SWEPT_MS);
    expect(letters(broker)[0]).toBe(1);
    expect(letters(broker).length).toBeLessThan(5);
    expect(letters(broker).length + (broker.state.queueNamed('', 'a')?.depth ?? 0)).toBe(5);
  });
});
