// Conditions: what they hold for, and that routes with the same ones are the same whatever order they were said in.

import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../pkg/protocol/attributes.ts';
import {
  type ConditionOperator,
  canonicalConditions,
  conditionsFault,
  conditionText,
  hopsOf,
  unmet,
} from './route-condition.ts';

const holds = (operator: ConditionOperator, values: readonly string[], attributes: Attributes): boolean =>
  unmet([{ header: 'region', operator, values }], attributes) === null;

describe('a condition', () => {
  it.each<[ConditionOperator, readonly string[], Attributes, boolean]>([
    ['equals', ['eu'], { headers: { region: 'eu' } }, true],
    ['equals', ['eu'], { headers: { region: 'EU' } }, false],
    ['equals', ['5'], { headers: { region: 5 } }, true],
    ['equals', ['true'], { headers: { region: true } }, true],
    ['equals', ['null'], { headers: { region: null } }, false],
    ['equals', ['eu'], {}, false],
    ['not-equals', ['eu'], { headers: { region: 'us' } }, true],
    ['not-equals', ['eu'], {}, true],
    ['not-equals', ['eu'], { headers: { region: 'eu' } }, false],
    ['in', ['eu', 'us'], { headers: { region: 'us' } }, true],
    ['in', ['eu', 'us'], { headers: { region: 'ca' } }, false],
    ['prefix', ['eu-'], { headers: { region: 'eu-west' } }, true],
    ['prefix', ['eu-'], { headers: { region: 'eu' } }, false],
    ['prefix', [''], {}, false],
    ['exists', [], { headers: { region: '' } }, true],
    ['exists', [], { headers: { region: null } }, false],
    ['not-exists', [], {}, true],
    ['not-exists', [], { headers: { region: 0 } }, false],
  ])('%s %j of %j: %s', (operator, values, attributes, expected) => {
    expect(holds(operator, values, attributes)).toBe(expected);
  });

  it('reads an attribute where no header has its name, and nothing that a prototype has', () => {
    const type = [{ header: 'content_type', operator: 'equals' as const, values: ['text/csv'] }];
    expect(unmet(type, { content_type: 'text/csv' })).toBeNull();
    expect(unmet(type, { content_type: 'text/csv', headers: { content_type: 'other' } })).not.toBeNull();
    for (const header of ['constructor', '__proto__', 'toString', 'headers']) {
      expect(unmet([{ header, operator: 'not-exists', values: [] }], { headers: {} })).toBeNull();
    }
  });

  it('is refused beyond its bounds', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ header: `h${i}`, operator: 'exists' as const, values: [] }));
    expect(conditionsFault(many(8))).toBeNull();
    expect(conditionsFault(many(9))).toContain('9 conditions');
    expect(conditionsFault([{ header: '', operator: 'exists', values: [] }])).not.toBeNull();
    expect(conditionsFault([{ header: 'a', operator: 'equals', values: ['x'.repeat(256)] }])).not.toBeNull();
    expect(conditionsFault([{ header: 'a', operator: 'equals', values: [] }])).not.toBeNull();
    expect(conditionsFault([{ header: 'a', operator: 'in', values: [] }])).not.toBeNull();
    expect(conditionsFault([{ header: 'a', operator: 'exists', values: ['x'] }])).not.toBeNull();
  });
});

it('the same conditions in another order are the same', () => {
  const some = { header: 'a', operator: 'in' as const, values: ['y', 'x', 'y'] };
  const other = { header: 'b', operator: 'exists' as const, values: [] };
  expect(canonicalConditions([some, other, some])).toEqual(
    canonicalConditions([other, { ...some, values: ['x', 'y'] }]),
  );
  expect(canonicalConditions([some, other]).map(conditionText)).toEqual(['a in x,y', 'b exists']);
});

it('hops are a count, and anything else is none', () => {
  expect([3, '3', -1, 1.5, 'x', null].map((hops) => hopsOf({ headers: { tachyon_hops: hops } }))).toEqual([
    3, 3, 0, 0, 0, 0,
  ]);
});
