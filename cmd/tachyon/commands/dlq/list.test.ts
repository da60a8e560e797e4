// The table of dead letters is for people: it must fit their terminals.

import { expect, it } from 'vitest';
import { COLUMNS } from './list.ts';

it('is at most a hundred characters wide, its lines included', () => {
  const widths = COLUMNS.map(({ name, title, width }) => Math.max((title ?? name).length, width ?? 0));
  const content = widths.reduce((sum, width) => sum + width, 0);
  expect(content + 3 * widths.length + 1).toBeLessThanOrEqual(100);
});

it('names causes and age in people’s words', () => {
  const row = { cause: 'attempts_exhausted', dead_lettered_at: new Date(Date.now() - 90_000).toISOString() };
  const shown = COLUMNS.flatMap(({ show }) => (show === undefined ? [] : [show(row)]));
  expect(shown).toEqual(['attempts', expect.stringMatching(/^1m 3\ds$/)]);
});
