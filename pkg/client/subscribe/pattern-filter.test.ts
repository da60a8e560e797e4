// What a filter remembers never differs from what the patterns say.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matches } from '../../protocol/index.ts';
import { PatternFilter } from './pattern-filter.ts';

it('a filter matches what one of its patterns matches, asked again and again', () => {
  const level = fc.constantFrom('a', 'b', 'c');
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('.'));
  const pattern = fc.constantFrom('a', 'a.*', 'a.>', '*.b', 'c.*.a', '>');
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 3 }), fc.array(topic), (patterns, topics) => {
      const filter = new PatternFilter(patterns);
      for (const asked of [...topics, ...topics])
        expect(filter.matches(asked)).toBe(patterns.some((one) => matches(one, asked)));
    }),
  );
});

it('a filter that was asked for more topics than it remembers still says what is so', () => {
  const filter = new PatternFilter(['even.*']);
  for (let round = 0; round < 2; round += 1)
    for (let i = 0; i < 10_000; i += 1)
      expect(filter.matches(`${i % 2 === 0 ? 'even' : 'odd'}.${i}`)).toBe(i % 2 === 0);
});
