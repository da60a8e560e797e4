// JSON Schemas that routes may name.

import * as z from 'zod';
import { nameText, onRecord, pageOf } from './common.ts';

const SCHEMA_CHARACTERS_MAX = 65_536;

const registered = {
  name: z.string(),
  characters: z.int(),
  added_at: z.string().nullable(),
  routes: z.int().describe('That name it.'),
};

export const schemaPageSchema = pageOf(z.looseObject(registered)).meta({ id: 'SchemaPage' });
export const schemaShownSchema = z
  .looseObject({ ...registered, schema: z.string().describe('As it was given: JSON.') })
  .meta({ id: 'RegisteredSchema' });
export const schemaParams = z.strictObject({ name: nameText });
export const addSchemaBody = z.strictObject({
  schema: z.string().min(1).max(SCHEMA_CHARACTERS_MAX).describe('A JSON Schema of draft 2020-12, as text.'),
  ...onRecord,
});
export const removeSchemaQuery = z.strictObject(onRecord);
