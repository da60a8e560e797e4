// Conditions of a route on the headers of a message: all of them must hold, or the route does not count for that message.
// They read what its producer said beside the body, never the body. A value is compared as text; null and absent are the same.

import type { Attributes } from '../../pkg/protocol/attributes.ts';

export const CONDITION_OPERATORS = ['equals', 'not-equals', 'in', 'exists', 'not-exists', 'prefix'] as const;
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

export interface RouteCondition {
  readonly header: string;
  readonly operator: ConditionOperator;
  /** None for `exists` and `not-exists`, one or more for `in`, one for the others. */
  readonly values: readonly string[];
}

export const ROUTE_CONDITIONS_MAX = 8;
const CONDITION_VALUES_MAX = 16;
const CONDITION_TEXT_MAX = 255;
/** Each of them may have to be looked at for one message. */
export const CONDITIONAL_ROUTES_MAX = 1_024;

/** How often a message may have come over a bridge, for a bridge route that says nothing else: not at all. */
export const BRIDGE_HOPS_DEFAULT = 1;
export const BRIDGE_HOPS_MAX = 16;
/** The header in which bridges count. */
const HOPS_HEADER = 'tachyon_hops';

/** What is wrong with them, or null. */
export function conditionsFault(conditions: readonly RouteCondition[]): string | null {
  if (conditions.length > ROUTE_CONDITIONS_MAX) {
    return `${conditions.length} conditions, at most ${ROUTE_CONDITIONS_MAX}`;
  }
  for (const { header, operator, values } of conditions) {
    if (header === '' || header.length > CONDITION_TEXT_MAX)
      return `a header has 1 to ${CONDITION_TEXT_MAX} characters`;
    if (values.some((value) => value.length > CONDITION_TEXT_MAX)) {
      return `a value has at most ${CONDITION_TEXT_MAX} characters`;
    }
    const fault = countFault(operator, values.length);
    if (fault !== null) return `${operator} ${fault}`;
  }
  return null;
}

function countFault(operator: ConditionOperator, count: number): string | null {
  if (operator === 'exists' || operator === 'not-exists') return count === 0 ? null : 'takes no value';
  if (operator === 'in') {
    return count >= 1 && count <= CONDITION_VALUES_MAX ? null : `takes 1 to ${CONDITION_VALUES_MAX} values`;
  }
  return count === 1 ? null : 'takes one value';
}

/** The same conditions in one form, whatever order they were given in: routes are told apart by it. */
export function canonicalConditions(conditions: readonly RouteCondition[]): readonly RouteCondition[] {
  const keyed = new Map<string, RouteCondition>();
  for (const { header, operator, values } of conditions) {
    const one = { header, operator, values: [...new Set(values)].sort() };
    keyed.set(JSON.stringify(one), one);
  }
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** The first that does not hold; null: the route counts. */
export function unmet(conditions: readonly RouteCondition[], attributes: Attributes): RouteCondition | null {
  for (const condition of conditions) if (!holds(condition, headerOf(attributes, condition.header))) return condition;
  return null;
}

function holds({ operator, values }: RouteCondition, value: string | null): boolean {
  switch (operator) {
    case 'exists':
      return value !== null;
    case 'not-exists':
      return value === null;
    case 'not-equals':
      return value !== values[0];
    case 'equals':
    case 'in':
      return value !== null && values.includes(value);
    case 'prefix':
      return value?.startsWith(values[0] ?? '') ?? false;
  }
}

/** A header of the producer's own, else the attribute of this name: `content_type` is found wherever it was said. */
function headerOf(attributes: Attributes, name: string): string | null {
  const { headers } = attributes;
  return (headers === undefined ? null : textIn(headers, name)) ?? textIn(attributes, name);
}

function textIn(object: object, name: string): string | null {
  if (!Object.hasOwn(object, name)) return null;
  const value: unknown = (object as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : null;
}

/** Bridges that the message has come over. What is no count is none: a producer's own word cannot be a larger claim. */
export function hopsOf(attributes: Attributes): number {
  const hops = Number(headerOf(attributes, HOPS_HEADER) ?? 0);
  return Number.isSafeInteger(hops) && hops > 0 ? hops : 0;
}

const SIGNS: Readonly<Record<ConditionOperator, string>> = {
  equals: '=',
  'not-equals': '!=',
  prefix: '^=',
  in: ' in ',
  exists: ' exists',
  'not-exists': ' not-exists',
};

/** As an operator writes it: `region=eu`, `region in eu,us`, `region exists`. */
export const conditionText = ({ header, operator, values }: RouteCondition): string =>
  `${header}${SIGNS[operator]}${values.join(',')}`;
