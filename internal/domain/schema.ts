// JSON Schemas that routes may name. The core keeps their text and asks a judge of bodies; what the judge said is in the events
// that follow from it, so that recovery asks nobody.

import type { PublishMessage } from './command.ts';
import type { Refusal } from './effect.ts';
import type { Operator } from './operator-event.ts';

export interface RegisteredSchema {
  readonly name: string;
  /** JSON, as the operator gave it. */
  readonly text: string;
  readonly atMs: number;
}

export interface SchemaAdded {
  readonly type: 'schema-added';
  readonly name: string;
  readonly text: string;
  readonly atMs: number;
  readonly operator: Operator;
}

export interface SchemaRemoved {
  readonly type: 'schema-removed';
  readonly name: string;
  readonly operator: Operator;
}

export const SCHEMAS_MAX = 256;
export const SCHEMA_CHARACTERS_MAX = 64 * 1024;
/** A larger body is refused where a schema would judge it: that is done inside the turn. */
export const JUDGED_BODY_BYTES_MAX = 1024 * 1024;

/** The same answer for the same schema and message, always. Null: the body fits. */
export type JudgeBody = (schema: RegisteredSchema, source: Uint8Array, message: PublishMessage) => Refusal | null;

/** Where nobody can judge, nothing passes. */
export const judgeNothing: JudgeBody = ({ name }) => ({
  code: 'SCHEMA_MISMATCH',
  detail: `nobody judges bodies by schema "${name}" here`,
});
