// `schemas.add`, `schemas.list` and `schemas.show`. A schema is compiled before it is registered, so that none is that cannot judge.

import type { Command } from '../../domain/command.ts';
import type { OperatorRequest } from '../../domain/operator-command.ts';
import { routesNaming } from '../../domain/rules/schemas.ts';
import type { RegisteredSchema } from '../../domain/schema.ts';
import type { State } from '../../domain/state.ts';
import { Args, ArgumentFault } from './args.ts';
import { ACTOR, operatorOf } from './said.ts';
import { timeText } from './time-text.ts';

/** What is wrong with the text of a schema; null: nothing. */
export type SchemaFault = (text: string) => string | null;

export function addSchemaCommand(
  request: Omit<OperatorRequest, 'operator'>,
  given: unknown,
  faultOf: SchemaFault,
): Command {
  const args = new Args(given, [...ACTOR, 'name', 'schema']);
  const text = args.text('schema');
  const fault = faultOf(text);
  if (fault !== null) throw new ArgumentFault(fault, 'INVALID_SCHEMA');
  return { type: 'add-schema', request: { ...request, operator: operatorOf(args) }, name: args.text('name'), text };
}

/** All of them: their number is bounded, and their texts are left out. */
export function schemasListed(state: State, given: unknown): object {
  new Args(given, ['after', 'limit']);
  return { items: [...state.schemas.values()].map((schema) => schemaView(state, schema)), next: null };
}

export function schemaShown(state: State, given: unknown): object {
  const name = new Args(given, ['name']).text('name');
  const schema = state.schemas.get(name);
  if (schema === undefined) throw new ArgumentFault(`schema "${name}"`, 'SCHEMA_NOT_FOUND');
  return { ...schemaView(state, schema), schema: schema.text };
}

const schemaView = (state: State, { name, text, atMs }: RegisteredSchema): object => ({
  name,
  characters: text.length,
  added_at: timeText(atMs),
  routes: routesNaming(state, name),
});
