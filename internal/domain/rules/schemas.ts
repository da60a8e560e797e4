// Operators register the schemas that routes may name. One that a route names stays as it is.

import { checkName } from '../../../pkg/protocol/topic.ts';
import { answerOperator, type Decision, draft, type Moment, refuseOperator } from '../decision.ts';
import type { AddSchema, RemoveSchema } from '../operator-command.ts';
import { SCHEMA_CHARACTERS_MAX, SCHEMAS_MAX } from '../schema.ts';
import type { State } from '../state.ts';

export function addSchema(state: State, { request, name, text }: AddSchema, { nowMs }: Moment): Decision {
  const fault = checkName(name);
  if (fault !== null) return refuseOperator(request, { code: fault, detail: `schema name "${name.slice(0, 80)}"` });
  if (text.length > SCHEMA_CHARACTERS_MAX) {
    const detail = `${text.length} characters, at most ${SCHEMA_CHARACTERS_MAX}`;
    return refuseOperator(request, { code: 'INVALID_SCHEMA', detail });
  }
  const known = state.schemas.get(name);
  if (known?.text === text)
    return { drafts: [], effects: [answerOperator(request, { name, outcome: 'kept' })], urgent: true };
  if (known !== undefined && routesNaming(state, name) > 0) return refuseOperator(request, inUse(state, name));
  if (known === undefined && state.schemas.size >= SCHEMAS_MAX) {
    return refuseOperator(request, { code: 'TOO_MANY_SCHEMAS', detail: `${SCHEMAS_MAX} schemas are registered` });
  }
  if (!state.hasControlRoom || state.freeBytes < text.length * 4) {
    return refuseOperator(request, { code: 'STORAGE_FULL', detail: 'no room for a schema' });
  }
  return {
    drafts: [draft({ type: 'schema-added', name, text, atMs: nowMs, operator: request.operator })],
    effects: [answerOperator(request, { name, outcome: known === undefined ? 'added' : 'changed' })],
    urgent: true,
  };
}

export function removeSchema(state: State, { request, name }: RemoveSchema): Decision {
  if (!state.schemas.has(name))
    return refuseOperator(request, { code: 'SCHEMA_NOT_FOUND', detail: `schema "${name}"` });
  if (routesNaming(state, name) > 0) return refuseOperator(request, inUse(state, name));
  return {
    drafts: [draft({ type: 'schema-removed', name, operator: request.operator })],
    effects: [answerOperator(request, { name, outcome: 'removed' })],
    urgent: true,
  };
}

const inUse = (state: State, name: string) => ({
  code: 'SCHEMA_IN_USE' as const,
  detail: `${routesNaming(state, name)} routes name schema "${name}"`,
});

/** O(routes): for operators' questions. */
export function routesNaming(state: State, name: string): number {
  let count = 0;
  for (const { schema } of state.routes.values()) if (schema?.name === name) count += 1;
  return count;
}
