// Every lost span is told once, and a flood of losses is a line every ten seconds.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Losses, type LostSpans } from './losses.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function told() {
  const lines: { lost: LostSpans; error: string | undefined }[] = [];
  return { lines, losses: new Losses({ tell: (lost, error) => lines.push({ lost, error: error?.message }) }) };
}

it('tells the first loss at once, what comes within ten seconds in one line, and the rest at the end', () => {
  const { lines, losses } = told();
  losses.add('unsent', 3, new Error('away'));
  expect(lines).toEqual([{ lost: { unsent: 3, dropped: 0, untraced: 0 }, error: 'away' }]);
  for (let i = 0; i < 1_000; i += 1) losses.add('dropped', 2);
  losses.add('untraced', 1);
  vi.advanceTimersByTime(9_999);
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(lines[1]).toEqual({ lost: { unsent: 0, dropped: 2_000, untraced: 1 }, error: undefined });
  losses.add('unsent', 5, new Error('again'));
  losses.close();
  expect(lines[2]).toEqual({ lost: { unsent: 5, dropped: 0, untraced: 0 }, error: 'again' });
  expect(losses.all).toEqual({ unsent: 8, dropped: 2_000, untraced: 1 });
  expect(vi.getTimerCount()).toBe(0);
});

it('is silent where nothing was lost', () => {
  const { lines, losses } = told();
  losses.add('unsent', 1);
  vi.advanceTimersByTime(60_000);
  losses.close();
  expect(lines).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
