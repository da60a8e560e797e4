// Patterns against the engine of the language, and against texts that hang it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BudgetSpent, LinearPattern, PatternFault, StepBudget } from './linear-pattern.ts';

const budget = (steps = 1_000_000): StepBudget => {
  const filled = new StepBudget();
  filled.refill(steps);
  return filled;
};
const test = (pattern: string, text: string): boolean => new LinearPattern(pattern, budget()).test(text);

const PATTERNS = [
  '^[a-z]+@[a-z.]+$',
  '^(ab|a)*c?$',
  'a{2,3}b{0,2}$',
  '^\\d{4}-\\d\\d-\\d\\d$',
  '(?:x|yz)+',
  '^[^a-c\\s]*$',
  'a.c',
  '^$',
  '(a*)*b',
  '[\\]\\-x]',
  '\\u0061|\\x62',
  'a*?b',
  '()',
  '^(^a|b$)+',
  '[]a',
];

describe('a pattern', () => {
  it('finds what the language finds', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'x', 'y', 'z', '@', '.', '1', '-', ' ', ']', '\n', '😀'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.constantFrom(...PATTERNS), text, (pattern, given) => {
        expect([pattern, given, test(pattern, given)]).toEqual([pattern, given, new RegExp(pattern, 'u').test(given)]);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    '(?=a)',
    '(?<=a)b',
    '(a)\\1',
    '(a',
    'a)',
    '*a',
    '[a',
    'a{2,1}',
    '[z-a]',
    '^*',
    '(?i)a',
    'a{99999}',
    'x'.repeat(1_025),
  ])('that it cannot carry out is refused: %s', (pattern) => {
    expect(() => new LinearPattern(pattern, budget())).toThrow(PatternFault);
  });

  it('that grows without bound is refused at once', () => {
    expect(() => new LinearPattern('((a{999}){999}){999}', budget())).toThrow(PatternFault);
    expect(() => new LinearPattern('(((a{9}){9}){9}){9}', budget())).toThrow(PatternFault);
  });

  it('that hangs others takes steps in proportion to the text, and no more than there are', () => {
    const steps = 100 * 20_000;
    expect(new LinearPattern('^(a+)+$', budget(steps)).test(`${'a'.repeat(20_000)}b`)).toBe(false);
    expect(() => new LinearPattern('(a|a)*b', budget(1_000)).test('a'.repeat(1_000))).toThrow(BudgetSpent);
  });
});
