// The tables of dead letters are for people: they must fit their terminals.

import { describe, expect, it } from 'vitest';
import type { Column } from '../../output/table.ts';
import { GROUP_COLUMNS, LETTER_COLUMNS, TOUCHED_COLUMNS } from './columns.ts';

/** With its lines, where every cell is as wide as it may be. */
function widthOf(columns: readonly Column[]): number {
  const widths = columns.map(({ name, title, width }) => Math.max((title ?? name).length, width ?? 0));
  return widths.reduce((sum, width) => sum + width, 0) + 3 * widths.length + 1;
}

it.each([
  ['dead letters', LETTER_COLUMNS, 100],
  ['groups', GROUP_COLUMNS, 140],
  ['groups of a dry run', TOUCHED_COLUMNS, 140],
] as const)('the table of %s is bounded in width', (_, columns, most) => {
  expect(widthOf(columns)).toBeLessThanOrEqual(most);
});

it('tells ages in people’s words', () => {
  const at = new Date(Date.now() - 90_000).toISOString();
  const row = { dead_lettered_at: at, oldest_at: at, newest_at: at };
  const shown = [...LETTER_COLUMNS, ...GROUP_COLUMNS].flatMap(({ show }) => (show === undefined ? [] : [show(row)]));
  expect(shown).toHaveLength(3);
  for (const age of shown) expect(age).toMatch(/^1m 3\ds$/);
});

describe('a table of groups', () => {
  it.each([
    ['groups', GROUP_COLUMNS],
    ['a dry run', TOUCHED_COLUMNS],
  ] as const)('has everything that tells two of them apart (%s)', (_, columns) => {
    const names = columns.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['count', 'cause', 'reason', 'topic', 'queue', 'consumer_id']));
  });

  it('cuts no cause', () => {
    const longest = 'attempts_exhausted';
    expect(GROUP_COLUMNS.find(({ name }) => name === 'cause')?.width).toBeGreaterThanOrEqual(longest.length);
  });
});
