// Regular expressions of schemas, run in time that is linear in text and pattern, whatever the pattern is: by RE2's algorithm, in
// the re2js package. The syntax is what both JSON Schema (ECMA-262, flag u) and RE2 know: no look-around, no references back. What a
// match may cost at most, program times text, is taken from a budget that the patterns of one body share.

import { RE2JS } from 're2js';

export class PatternFault extends Error {}

/** Spent: the body's texts and the schema's patterns are too much together. */
export class BudgetSpent extends Error {}

export class StepBudget {
  #left = 0;

  refill(steps: number): void {
    this.#left = steps;
  }

  take(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new BudgetSpent();
  }
}

const PATTERN_CHARACTERS_MAX = 1_024;
const PROGRAM_STEPS_MAX = 4_096;

export class LinearPattern {
  readonly #pattern: string;
  readonly #compiled: RE2JS;
  readonly #steps: number;
  readonly #budget: StepBudget;

  /** Throws a PatternFault. */
  constructor(pattern: string, budget: StepBudget) {
    if (pattern.length > PATTERN_CHARACTERS_MAX)
      throw new PatternFault(`longer than ${PATTERN_CHARACTERS_MAX} characters`);
    this.#pattern = pattern;
    this.#compiled = compiled(pattern);
    this.#steps = this.#compiled.programSize();
    this.#budget = budget;
    if (this.#steps > PROGRAM_STEPS_MAX) throw new PatternFault('it grows too large');
  }

  /** By this a compiler of schemas tells patterns apart: two that say the same would be taken for one. */
  toString(): string {
    return `/${this.#pattern}/`;
  }

  /** Whether it matches anywhere. Throws BudgetSpent before it begins. */
  test(text: string): boolean {
    this.#budget.take(this.#steps * (text.length + 1));
    return this.#compiled.matcher(text).find();
  }
}

function compiled(pattern: string): RE2JS {
  try {
    // What the language itself does not take is no pattern of a schema, whatever RE2 makes of it.
    void new RegExp(pattern, 'u');
    return RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch (error) {
    throw new PatternFault(error instanceof Error ? error.message : 'no regular expression', { cause: error });
  }
}
