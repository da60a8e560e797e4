// The waiting itself: a condition that never holds must fail, or every test that waits is worth nothing.

import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';

test('a condition that comes true ends the wait with its value', async () => {
  let calls = 0;
  const value = await eventually('the third call', () => {
    calls += 1;
    return calls === 3 ? calls : undefined;
  });
  expect(value).toBe(3);
});

test('zero and the empty string are values, not "not yet"', async () => {
  expect(await eventually('zero', () => 0)).toBe(0);
  expect(await eventually('nothing', () => '')).toBe('');
});

test('a condition that never holds fails with what was waited for and what was seen last', async () => {
  const waiting = eventually('pigs to fly', () => Promise.reject(new Error('still on the ground')), { withinMs: 20 });
  await expect(waiting).rejects.toThrow(/pigs to fly.*still on the ground/);
});
