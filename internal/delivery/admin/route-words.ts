// The words with which operators add and remove routes: their arguments, as a wish for a route.

import { isObject } from '../../../pkg/protocol/json.ts';
import type { Command } from '../../domain/command.ts';
import type { OperatorRequest } from '../../domain/operator-command.ts';
import { ROUTE_KINDS, type RouteTraits } from '../../domain/queue-event.ts';
import { CONDITION_OPERATORS, ROUTE_CONDITIONS_MAX, type RouteCondition } from '../../domain/route-condition.ts';
import { Args, ArgumentFault } from './args.ts';
import { ACTOR, operatorOf } from './said.ts';

const PRIORITY_MAX = 2 ** 31 - 1;
/** Metadata is kept in memory and shown with its route. */
const METADATA_CHARACTERS_MAX = 4 * 1024;

type Request = Omit<OperatorRequest, 'operator'>;

export function addRouteCommand(request: Request, given: unknown): Command {
  const args = new Args(given, [
    ...ACTOR,
    'pattern',
    'destination_id',
    'route_type',
    'priority',
    'enabled',
    'exclusive',
    'tenant',
    'metadata',
    'when',
    'hops',
    'schema',
    'invalid',
  ]);
  const kind = args.has('route_type') ? args.oneOf('route_type', ROUTE_KINDS) : 'direct';
  return {
    type: 'add-route',
    request: { ...request, operator: operatorOf(args) },
    route: {
      tenant: args.text('tenant', ''),
      pattern: args.text('pattern'),
      kind,
      queueName: kind === 'fanout' ? '' : args.text('destination_id'),
      priority: args.whole('priority', -PRIORITY_MAX, PRIORITY_MAX, 0),
      enabled: args.flag('enabled', true),
      exclusive: args.flag('exclusive', false),
      metadata: args.textMap('metadata', METADATA_CHARACTERS_MAX),
      ...traitsOf(args),
    },
  };
}

function traitsOf(args: Args): RouteTraits {
  return {
    ...(args.has('when') ? { when: conditionsOf(args) } : {}),
    ...(args.has('schema')
      ? {
          schema: {
            name: args.text('schema'),
            invalid: args.has('invalid') ? args.oneOf('invalid', ['refuse', 'dead-letter'] as const) : 'refuse',
          },
        }
      : {}),
    ...(args.has('hops') ? { hops: args.whole('hops', 1, Number.MAX_SAFE_INTEGER) } : {}),
  };
}

export function removeRouteCommand(request: Request, given: unknown): Command {
  const args = new Args(given, [...ACTOR, 'pattern', 'destination_id', 'tenant', 'when']);
  return {
    type: 'remove-route',
    request: { ...request, operator: operatorOf(args) },
    tenant: args.text('tenant', ''),
    pattern: args.text('pattern'),
    queueName: args.textOrNull('destination_id'),
    ...(args.has('when') ? { when: conditionsOf(args) } : {}),
  };
}

/** `[{header, operator, value}]`, or `values` where there are several or none. */
function conditionsOf(args: Args): readonly RouteCondition[] {
  return args.objects('when', ROUTE_CONDITIONS_MAX).map((one) => {
    for (const name of Object.keys(one)) {
      if (!CONDITION_FIELDS.includes(name)) throw new ArgumentFault(`"when": unknown field "${name}"`);
    }
    const condition = new Args(one, CONDITION_FIELDS);
    const values = condition.has('value') ? [condition.text('value')] : condition.texts('values');
    const operator = condition.has('operator') ? condition.oneOf('operator', CONDITION_OPERATORS) : 'equals';
    return { header: condition.text('header'), operator, values };
  });
}

const CONDITION_FIELDS: readonly string[] = ['header', 'operator', 'value', 'values'];

/** Headers of a message that is asked about, as a producer would give them. */
export function headersIn(args: Args, name: string): Readonly<Record<string, string | number | boolean | null>> {
  const value = args.object(name);
  for (const [header, given] of Object.entries(value)) {
    const isPlain = given === null || ['string', 'number', 'boolean'].includes(typeof given);
    if (!isPlain) throw new ArgumentFault(`"${name}.${header}" must be a text, a number or a truth value`);
  }
  return isObject(value) ? (value as Readonly<Record<string, string | number | boolean | null>>) : {};
}
