// Where colours are: on a terminal, unless somebody asks for none.

import { afterEach, expect, it, vi } from 'vitest';
import { hasColour } from './palette.ts';

afterEach(() => vi.unstubAllEnvs());

it('has colours on a terminal only, and nowhere where NO_COLOR is set to anything', () => {
  vi.stubEnv('NO_COLOR', '');
  expect([hasColour({ isTTY: true }), hasColour({ isTTY: false }), hasColour({})]).toEqual([true, false, false]);
  for (const value of ['1', '0', 'no']) {
    vi.stubEnv('NO_COLOR', value);
    expect(hasColour({ isTTY: true })).toBe(false);
  }
});
