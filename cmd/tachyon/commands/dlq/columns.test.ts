// The tables of dead letters are for people: they must fit their terminals.

import { describe, expect, it } from 'vitest';
import { GROUP_COLUMNS, LETTER_COLUMNS } from './columns.ts';

describe.each([
  ['dead letters', LETTER_COLUMNS],
  ['groups', GROUP_COLUMNS],
] as const)('the table of %s', (_, columns) => {
  it('is at most a hundred characters wide, its lines included', () => {
    const widths = columns.map(({ name, title, width }) => Math.max((title ?? name).length, width ?? 0));
    const content = widths.reduce((sum, width) => sum + width, 0);
    expect(content + 3 * widths.length + 1).toBeLessThanOrEqual(100);
  });

  it('names causes and ages in people’s words', () => {
    const at = new Date(Date.now() - 90_000).toISOString();
    const row = { cause: 'attempts_exhausted', dead_lettered_at: at, oldest_at: at, newest_at: at };
    const shown = columns.flatMap(({ show }) => (show === undefined ? [] : [show(row)]));
    expect(shown[0]).toBe('attempts');
    for (const age of shown.slice(1)) expect(age).toMatch(/^1m 3\ds$/);
    expect(shown.length).toBeGreaterThan(1);
  });
});
