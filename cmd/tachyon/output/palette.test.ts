// Where colours are: on a terminal, unless somebody asks for none.

import { expect, it } from 'vitest';
import { hasColour } from './palette.ts';

const TERMINAL = { isTTY: true };

it('has colours on a terminal only, and nowhere where NO_COLOR is set to anything', () => {
  const streams = [TERMINAL, { isTTY: false }, {}];
  expect(streams.map((stream) => hasColour(stream, ''))).toEqual([true, false, false]);
  for (const value of ['1', '0', 'no']) expect(hasColour(TERMINAL, value)).toBe(false);
});
