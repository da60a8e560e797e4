// Regular expressions of schemas, run in time that is linear in text and pattern, whatever the pattern is: all ways through it
// are walked side by side, and none is tried twice. The syntax is what such a walk can carry out: no look-around, no references
// back. Steps are counted against a budget that the patterns of one body share.

export class PatternFault extends Error {}

/** Spent: the body's texts and the schema's patterns are too much together. */
export class BudgetSpent extends Error {}

export class StepBudget {
  #left = 0;

  refill(steps: number): void {
    this.#left = steps;
  }

  take(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new BudgetSpent();
  }
}

type Test = (code: number) => boolean;
type Node =
  | { readonly is: 'one'; readonly test: Test }
  | { readonly is: 'begin' | 'end' }
  | { readonly is: 'all' | 'any'; readonly of: readonly Node[] }
  | { readonly is: 'times'; readonly of: Node; readonly min: number; readonly max: number };

type Step =
  | { readonly is: 'one'; readonly test: Test }
  | { readonly is: 'begin' | 'end' | 'match' }
  | { readonly is: 'split'; first: number; second: number };

const PATTERN_CHARACTERS_MAX = 1_024;
const PROGRAM_STEPS_MAX = 4_096;
const DEPTH_MAX = 32;

export class LinearPattern {
  readonly #pattern: string;
  readonly #program: readonly Step[];
  readonly #budget: StepBudget;

  /** Throws a PatternFault. */
  constructor(pattern: string, budget: StepBudget) {
    if (pattern.length > PATTERN_CHARACTERS_MAX)
      throw new PatternFault(`longer than ${PATTERN_CHARACTERS_MAX} characters`);
    const program: Step[] = [];
    emit(new Parser(pattern).parse(), program);
    program.push({ is: 'match' });
    this.#pattern = pattern;
    this.#program = program;
    this.#budget = budget;
  }

  /** By this a compiler of schemas tells patterns apart: two that say the same would be taken for one. */
  toString(): string {
    return `/${this.#pattern}/`;
  }

  /** Whether it is found anywhere in the text. Throws BudgetSpent. */
  test(text: string): boolean {
    const program = this.#program;
    let now: number[] = [];
    let then: number[] = [];
    const seen = new Int32Array(program.length).fill(-1);
    const add = (into: number[], from: number, at: number, isEnd: boolean): boolean => {
      const open = [from];
      for (let place = open.pop(); place !== undefined; place = open.pop()) {
        if (seen[place] === at) continue;
        seen[place] = at;
        this.#budget.take();
        const step = program[place] as Step;
        if (step.is === 'match') return true;
        if (step.is === 'split') open.push(step.second, step.first);
        else if (step.is === 'one') into.push(place);
        else if (step.is === 'begin' ? at === 0 : isEnd) open.push(place + 1);
      }
      return false;
    };
    let at = 0;
    for (let index = 0; ; at += 1) {
      const isEnd = index >= text.length;
      // A walk begins at each place; those that began before are in `now` already, marked for this place.
      if (add(now, 0, at, isEnd)) return true;
      if (isEnd) return false;
      const code = text.codePointAt(index) as number;
      index += code > 0xffff ? 2 : 1;
      for (const place of now) {
        this.#budget.take();
        if (
          (program[place] as { readonly test: Test }).test(code) &&
          add(then, place + 1, at + 1, index >= text.length)
        ) {
          return true;
        }
      }
      [now, then] = [then, now];
      then.length = 0;
    }
  }
}

function emit(node: Node, program: Step[]): void {
  if (program.length > PROGRAM_STEPS_MAX) throw new PatternFault(`takes more than ${PROGRAM_STEPS_MAX} steps`);
  switch (node.is) {
    case 'all':
      for (const part of node.of) emit(part, program);
      return;
    case 'any':
      return emitAny(node.of, program);
    case 'times':
      return emitTimes(node.of, node.min, node.max, program);
    case 'one':
    case 'begin':
    case 'end':
      program.push(node);
  }
}

function emitAny(parts: readonly Node[], program: Step[]): void {
  const [first, ...others] = parts;
  if (first === undefined) return;
  if (others.length === 0) return emit(first, program);
  const split = { is: 'split' as const, first: program.length + 1, second: 0 };
  program.push(split);
  emit(first, program);
  const out = { is: 'split' as const, first: 0, second: 0 };
  program.push(out);
  split.second = program.length;
  emitAny(others, program);
  out.first = program.length;
  out.second = program.length;
}

function emitTimes(of: Node, min: number, max: number, program: Step[]): void {
  for (let i = 0; i < min; i += 1) {
    const before = program.length;
    emit(of, program);
    // What stands for nothing stands for nothing however often.
    if (program.length === before) break;
  }
  if (max === Number.POSITIVE_INFINITY) {
    const split = { is: 'split' as const, first: program.length + 1, second: 0 };
    const back = program.length;
    program.push(split);
    emit(of, program);
    program.push({ is: 'split', first: back, second: back });
    split.second = program.length;
    return;
  }
  const splits: { is: 'split'; first: number; second: number }[] = [];
  for (let i = min; i < max; i += 1) {
    const split = { is: 'split' as const, first: program.length + 1, second: 0 };
    splits.push(split);
    program.push(split);
    emit(of, program);
  }
  for (const split of splits) split.second = program.length;
}

const between =
  (from: number, to: number): Test =>
  (code) =>
    code >= from && code <= to;
const DIGIT = between(0x30, 0x39);
const WORD: Test = (code) => DIGIT(code) || between(0x41, 0x5a)(code) || between(0x61, 0x7a)(code) || code === 0x5f;
const SPACE: Test = (code) =>
  between(0x09, 0x0d)(code) ||
  [0x20, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff].includes(code) ||
  between(0x2000, 0x200a)(code);
const not =
  (test: Test): Test =>
  (code) =>
    !test(code);
const CLASSES: Readonly<Record<string, Test>> = {
  d: DIGIT,
  D: not(DIGIT),
  w: WORD,
  W: not(WORD),
  s: SPACE,
  S: not(SPACE),
};
const CONTROLS: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, v: 0x0b, '0': 0 };
const LINE_ENDS: readonly number[] = [0x0a, 0x0d, 0x2028, 0x2029];

/** One character of a pattern, or a class that stands for several. */
type Atom = { readonly code: number } | { readonly test: Test };
const testOf = (atom: Atom): Test => ('test' in atom ? atom.test : (code) => code === atom.code);

class Parser {
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#text = Array.from(pattern);
  }

  parse(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#text.length) throw new PatternFault(`"${this.#text[this.#at]}" closes nothing`);
    return node;
  }

  #alternatives(): Node {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new PatternFault(`groups stand deeper than ${DEPTH_MAX}`);
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    this.#depth -= 1;
    return { is: 'any', of: parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (
      let next = this.#text[this.#at];
      next !== undefined && next !== '|' && next !== ')';
      next = this.#text[this.#at]
    ) {
      parts.push(this.#quantified(this.#part(next)));
    }
    return { is: 'all', of: parts };
  }

  #part(character: string): Node {
    this.#at += 1;
    if (character === '^') return { is: 'begin' };
    if (character === '$') return { is: 'end' };
    if (character === '.') return { is: 'one', test: (code) => !LINE_ENDS.includes(code) };
    if (character === '[') return { is: 'one', test: this.#set() };
    if (character === '(') return this.#group();
    if ('*+?{}]'.includes(character)) throw new PatternFault(`"${character}" stands alone`);
    return { is: 'one', test: testOf(character === '\\' ? this.#escaped() : { code: codeOf(character) }) };
  }

  #group(): Node {
    if (this.#takes('?') && !this.#takes(':'))
      throw new PatternFault('look-around and named groups are not carried out');
    const node = this.#alternatives();
    if (!this.#takes(')')) throw new PatternFault('a group is not closed');
    return node;
  }

  #quantified(of: Node): Node {
    let [min, max] = [1, 1];
    if (this.#takes('*')) [min, max] = [0, Number.POSITIVE_INFINITY];
    else if (this.#takes('+')) [min, max] = [1, Number.POSITIVE_INFINITY];
    else if (this.#takes('?')) [min, max] = [0, 1];
    else if (this.#takes('{')) [min, max] = this.#counts();
    else return of;
    // Whether it takes as few as it can changes what is taken, not whether it is found.
    this.#takes('?');
    if (of.is === 'begin' || of.is === 'end') throw new PatternFault('an anchor is not repeated');
    return { is: 'times', of, min, max };
  }

  #counts(): [number, number] {
    const close = this.#text.indexOf('}', this.#at);
    const said = /^(\d{1,4})(,(\d{1,4})?)?$/.exec(this.#text.slice(this.#at, close < 0 ? 0 : close).join(''));
    if (said === null) throw new PatternFault('a count in braces is not understood');
    this.#at = close + 1;
    const min = Number(said[1]);
    const max = said[2] === undefined ? min : said[3] === undefined ? Number.POSITIVE_INFINITY : Number(said[3]);
    if (max < min) throw new PatternFault('a count in braces goes backwards');
    return [min, max];
  }

  #set(): Test {
    const isNegated = this.#takes('^');
    const tests: Test[] = [];
    while (!this.#takes(']')) {
      const from = this.#inSet();
      const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']' && 'code' in from;
      if (!isRange) {
        tests.push(testOf(from));
        continue;
      }
      this.#at += 1;
      const to = this.#inSet();
      if (!('code' in to) || to.code < from.code) throw new PatternFault('a range goes backwards');
      tests.push(between(from.code, to.code));
    }
    const any: Test = (code) => tests.some((test) => test(code));
    return isNegated ? not(any) : any;
  }

  #inSet(): Atom {
    const character = this.#text[this.#at];
    if (character === undefined) throw new PatternFault('a set is not closed');
    this.#at += 1;
    return character === '\\' ? this.#escaped() : { code: codeOf(character) };
  }

  #escaped(): Atom {
    const character = this.#text[this.#at] ?? '';
    this.#at += 1;
    const test = CLASSES[character];
    if (test !== undefined) return { test };
    const control = CONTROLS[character];
    if (control !== undefined) return { code: control };
    if (character === 'x' || character === 'u') return { code: this.#hex(character === 'x' ? 2 : 4) };
    if (character === '' || /[a-zA-Z0-9]/.test(character))
      throw new PatternFault(`"\\${character}" is not carried out`);
    return { code: codeOf(character) };
  }

  #hex(digits: number): number {
    const said = this.#text.slice(this.#at, this.#at + digits).join('');
    if (said.length !== digits || !/^[\da-fA-F]+$/.test(said)) throw new PatternFault('an escaped number is cut short');
    this.#at += digits;
    return Number.parseInt(said, 16);
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

const codeOf = (character: string): number => character.codePointAt(0) as number;
