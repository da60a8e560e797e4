// What leaves on PUB for one publish: neighbours of one topic together, in order, and never too many of them.

import { expect, it } from 'vitest';
import { aBroker, effectsOf, publish } from '../../testing/fixtures/a-broker.ts';

const FANOUT = { mode: 'fanout' } as const;

it('neighbours of one topic leave on PUB as one, in order, and no others with them', () => {
  const of = ['a', 'a', 'b', 'a', 'a', 'a'].map((topic, index) => ({ topic, body: `${index}`, ...FANOUT }));
  const withTail = { topic: 'a', body: '6', tail: new TextEncoder().encode('tail'), ...FANOUT };
  const seen = effectsOf(aBroker().run(publish({ of: [...of, withTail] })), 'publication');
  expect(seen.map(({ topic, count, blocks }) => [topic, count, new TextDecoder().decode(blocks)])).toEqual([
    ['a', 2, '01'],
    ['b', 1, '2'],
    ['a', 3, '345'],
    ['a', 1, '6tail'],
  ]);
});

it('a publication is cut, so that a flood of one topic leaves room for others', () => {
  const of = Array.from({ length: 200 }, () => ({ topic: 'a', ...FANOUT }));
  const counts = effectsOf(aBroker().run(publish({ of })), 'publication').map(({ count }) => count);
  expect(Math.max(...counts)).toBeLessThanOrEqual(64);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(200);
});
