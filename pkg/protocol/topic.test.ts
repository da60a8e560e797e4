// The grammar is proved by its edges, and by a second, slower reading of the same rules made of regular expressions.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkName, checkPattern, checkTopic, literalPrefix, matches, patternClass } from './topic.ts';

const utf8 = (text: string): number => new TextEncoder().encode(text).length;

/** The same rules, read slowly. */
function slowTopic(text: string): boolean {
  const segments = text.split('.');
  const plain = segments.every(
    (segment) => segment !== '' && !/[\p{White_Space}\p{Cc}\p{Surrogate}\uFEFF]/u.test(segment),
  );
  return plain && segments.length <= 32 && utf8(text) <= 255;
}

const segment = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '*',
    '>',
    'a*',
    '>b',
    '',
    '_',
    'é',
    '漢',
    '😀',
    '\ud800',
    '\udc00',
    ' ',
    '\u00a0',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\u0000',
    '\u007f',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const text = fc.array(segment, { maxLength: 36 }).map((segments) => segments.join('.'));
const word = fc.constantFrom('a', 'b', 'c');
const topic = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join('.'));
const pattern = fc
  .tuple(fc.array(fc.oneof(word, fc.constant('*')), { maxLength: 4 }), fc.constantFrom('a', '*', '>'))
  .map(([segments, last]) => [...segments, last].join('.'));

describe('checkTopic', () => {
  it('agrees with the rules read slowly', () => {
    fc.assert(
      fc.property(text, (candidate) => {
        const wildcards = candidate.split('.').some((part) => part === '*' || part === '>');
        const expected =
          !slowTopic(candidate) || wildcards ? 'INVALID_TOPIC' : candidate.startsWith('_') ? 'RESERVED_TOPIC' : null;
        expect(checkTopic(candidate)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  it('allows 255 bytes and 32 levels, and not one more', () => {
    expect(checkTopic('x'.repeat(255))).toBeNull();
    expect(checkTopic('x'.repeat(256))).toBe('INVALID_TOPIC');
    expect(checkTopic(`${'é'.repeat(127)}x`)).toBeNull();
    expect(checkTopic('é'.repeat(128))).toBe('INVALID_TOPIC');
    expect(checkTopic(`${'😀'.repeat(63)}xyz`)).toBeNull();
    expect(checkTopic('😀'.repeat(64))).toBe('INVALID_TOPIC');
    expect(checkTopic(Array(32).fill('a').join('.'))).toBeNull();
    expect(checkTopic(Array(33).fill('a').join('.'))).toBe('INVALID_TOPIC');
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a\tb', 'a\u3000b', '*', '>', 'a.*', 'a.>', '*.a', '\ud83d'])(
    'refuses %j',
    (bad) => {
      expect(checkTopic(bad)).toBe('INVALID_TOPIC');
    },
  );

  it('keeps the underscore for the broker, at the start only', () => {
    expect(checkTopic('_control')).toBe('RESERVED_TOPIC');
    expect(checkTopic('_')).toBe('RESERVED_TOPIC');
    expect(checkTopic('a._b')).toBeNull();
    expect(checkTopic('_a b')).toBe('INVALID_TOPIC');
  });
});

describe('checkPattern', () => {
  it.each([
    'a',
    '*',
    '>',
    'a.*',
    '*.a',
    '*.x.*',
    'orders.>',
    'orders.*.>',
    '*.>',
    '_dlq.>',
    Array(32).fill('*').join('.'),
  ])('allows %j', (good) => {
    expect(checkPattern(good)).toBeNull();
  });

  it.each([
    '',
    '>.orders',
    'orders.>.created',
    'orders..created',
    'a*',
    'b>',
    '*a',
    '>>',
    '**',
    'a.b*.c',
    '>.>',
    'a b',
    '.a',
    'a.',
    Array(33).fill('*').join('.'),
  ])('refuses %j', (bad) => {
    expect(checkPattern(bad)).toBe('INVALID_PATTERN');
  });

  it('allows every topic without a wildcard character, as its own literal pattern', () => {
    fc.assert(
      fc.property(text, (candidate) => {
        fc.pre(checkTopic(candidate) === null && !/[*>]/.test(candidate));
        expect(checkPattern(candidate)).toBeNull();
        expect(patternClass(candidate)).toBe(0);
        expect(matches(candidate, candidate)).toBe(true);
      }),
    );
  });
});

describe('matches', () => {
  const slowMatches = (p: string, t: string): boolean =>
    new RegExp(
      `^${p
        .split('.')
        .map((part) => (part === '*' ? '[^.]+' : part === '>' ? '.+' : part))
        .join('\\.')}$`,
    ).test(t);

  it('agrees with the pattern read as a regular expression', () => {
    fc.assert(
      fc.property(pattern, topic, (p, t) => {
        expect(checkPattern(p)).toBeNull();
        expect(matches(p, t)).toBe(slowMatches(p, t));
      }),
      { numRuns: 5_000 },
    );
  });

  it('asks one segment of a final > at least', () => {
    expect(matches('orders.>', 'orders')).toBe(false);
    expect(matches('orders.>', 'orders.created')).toBe(true);
    expect(matches('orders.*.>', 'orders.eu')).toBe(false);
    expect(matches('orders.*.>', 'orders.eu.created.now')).toBe(true);
    expect(matches('orders.*', 'orders.eu.created')).toBe(false);
    expect(matches('orders', 'orders2')).toBe(false);
  });
});

describe('literalPrefix', () => {
  it('is a prefix of every topic that the pattern matches', () => {
    fc.assert(
      fc.property(pattern, topic, (p, t) => {
        fc.pre(matches(p, t));
        expect(t.startsWith(literalPrefix(p))).toBe(true);
      }),
    );
  });

  it.each([
    ['a.b', 'a.b'],
    ['a.b.>', 'a.b.'],
    ['a.*.c', 'a.'],
    ['>', ''],
    ['*', ''],
  ])('of %j is %j', (p, prefix) => {
    expect(literalPrefix(p)).toBe(prefix);
  });
});

it.each([
  ['a.b', 0],
  ['*', 1],
  ['a.*.c', 1],
  ['>', 2],
  ['a.>', 2],
  ['a.*.>', 2],
])('the class of %j is %i', (p, expected) => {
  expect(patternClass(p)).toBe(expected);
});

describe('checkName', () => {
  it.each(['a', 'orders.>', 'node-1', 'two words', 'é', '😀', 'x'.repeat(255), '*'])('allows %j', (good) => {
    expect(checkName(good)).toBeNull();
  });

  it.each([
    '',
    ' a',
    'a ',
    '\u00a0a',
    'a\ufeff',
    'a\u0000b',
    'a\nb',
    'a\u007f',
    'a\u0085',
    '\ud800',
    'x\udc00',
    'x'.repeat(256),
    'é'.repeat(128),
  ])('refuses %j', (bad) => {
    expect(checkName(bad)).toBe('INVALID_NAME');
  });
});
