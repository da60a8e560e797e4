// What a route may be beside pattern and destination: its kind, the conditions and the schema that it names, checked.

import type { RouteTraits } from '../event.ts';
import type { RouteWish } from '../operator-command.ts';
import {
  BRIDGE_HOPS_MAX,
  CONDITIONAL_ROUTES_MAX,
  canonicalConditions,
  conditionsFault,
  type RouteCondition,
} from '../route-condition.ts';
import type { RouteSchema } from '../route-index.ts';
import type { State } from '../state.ts';
import { BindingError } from './binding-error.ts';

/** Traits as they are kept, none of them empty. Throws a BindingError. */
export function checkedTraits(state: State, wish: RouteWish): RouteTraits {
  kindFits(wish);
  const when = checkedConditions(state, wish.when ?? []);
  if (wish.kind === 'internal' && when.length > 0) {
    throw new BindingError(
      'INVALID_ARGUMENT',
      'an internal route keeps its topics for the broker, whatever headers say',
    );
  }
  const { hops } = wish;
  if (hops !== undefined && !(Number.isInteger(hops) && hops >= 1 && hops <= BRIDGE_HOPS_MAX)) {
    throw new BindingError('INVALID_ARGUMENT', `hops must be a whole number from 1 to ${BRIDGE_HOPS_MAX}`);
  }
  if (hops !== undefined && wish.kind !== 'bridge') {
    throw new BindingError('INVALID_ARGUMENT', 'hops are counted on bridge routes alone');
  }
  const schema = checkedSchema(state, wish);
  return {
    ...(when.length === 0 ? {} : { when }),
    ...(hops === undefined ? {} : { hops }),
    ...(schema === null ? {} : { schema }),
  };
}

function checkedSchema(state: State, { kind, pattern, schema }: RouteWish): RouteSchema | null {
  if (schema === undefined) return null;
  if (!state.schemas.has(schema.name))
    throw new BindingError('SCHEMA_NOT_FOUND', `schema "${schema.name.slice(0, 80)}"`);
  if (kind === 'fanout' && schema.invalid === 'dead-letter') {
    throw new BindingError('INVALID_ARGUMENT', 'fanout has no dead letters: its schema can only refuse');
  }
  if (pattern.startsWith('_')) {
    throw new BindingError('INVALID_ARGUMENT', "the broker's own messages are taken as they are, without a schema");
  }
  return schema;
}

function kindFits({ kind, pattern, exclusive }: RouteWish): void {
  const isOwn = pattern.startsWith('_');
  if (kind === 'system' && !isOwn) {
    const detail = "a system route takes the broker's own messages: its pattern begins with _system or _dlq";
    throw new BindingError('INVALID_ARGUMENT', detail);
  }
  if ((kind === 'internal' || kind === 'bridge') && isOwn) {
    throw new BindingError('INVALID_ARGUMENT', `a ${kind} route cannot take topics that belong to the broker`);
  }
  if (exclusive && kind !== 'direct') throw new BindingError('INVALID_ARGUMENT', `a ${kind} route is never exclusive`);
}

function checkedConditions(state: State, given: readonly RouteCondition[]): readonly RouteCondition[] {
  if (given.length === 0) return given;
  const when = canonicalConditions(given);
  const fault = conditionsFault(when);
  if (fault !== null) throw new BindingError('INVALID_ARGUMENT', fault);
  if (state.routeIndex.conditional >= CONDITIONAL_ROUTES_MAX) {
    throw new BindingError('TOO_MANY_ROUTES', `${CONDITIONAL_ROUTES_MAX} routes have conditions`);
  }
  return when;
}

/** Routes of one pattern and destination are told apart by this; empty: without conditions. */
export const conditionsKey = ({ when }: RouteTraits): string => (when === undefined ? '' : JSON.stringify(when));

export const sameTraits = (some: RouteTraits, others: RouteTraits): boolean =>
  some.hops === others.hops && JSON.stringify(some.schema) === JSON.stringify(others.schema);
