// The one line of a sound log: it never says more than the signed heads do.

import { describe, expect, it } from 'vitest';
import { soundText } from './verdict-text.ts';

const sound = {
  ok: true,
  entries: 11,
  head: 'abc',
  heads: 5,
  removed: 0,
  removal: '',
  heads_removed: 0,
  fault: null,
  at: 0,
  detail: '',
  file: null,
  line: 0,
  signed_through: 11,
} as const;

describe('a sound log', () => {
  it.each([
    ['whose end is signed', {}, 'sound: 11 entries, head abc, 5 signed heads met; the last of them covers all'],
    [
      'with entries behind the last head',
      { signed_through: 10, heads: 1 },
      'sound: 11 entries, head abc, 1 signed head met; 1 entry stands behind the last of them, not signed yet',
    ],
    [
      'that nobody signed',
      { signed_through: 0, heads: 0 },
      /^sound: 11 entries, .* 0 signed heads met; NOT SIGNED: no head/,
    ],
    ['without entries', { entries: 0, heads: 0, signed_through: 0 }, /; nothing to be signed$/],
    [
      'whose beginning was removed',
      { removed: 6, removal: 'on Monday' },
      /entries, of which 1 to 6 were removed .*Monday/,
    ],
  ])('%s is told so in one line', (_, changes, expected) => {
    const text = soundText({ ...sound, ...changes });
    expect(text).not.toContain('\n');
    if (typeof expected === 'string') expect(text).toBe(expected);
    else expect(text).toMatch(expected);
  });
});
