// JSON Schemas: list, show, add, remove.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { doneSchema, given } from '../../schemas/common.ts';
import {
  addSchemaBody,
  removeSchemaQuery,
  schemaPageSchema,
  schemaParams,
  schemaShownSchema,
} from '../../schemas/json-schema.ts';

const tags = ['schemas'];

export const schemaRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/schemas',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listSchemas',
          tags,
          summary: 'All schemas, without their texts',
          response: { 200: schemaPageSchema },
        },
      },
      () => admin.read('schemas.list', {}, schemaPageSchema),
    );
    app.get(
      '/api/v1/schemas/:name',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'showSchema',
          tags,
          summary: 'A schema as it was given',
          params: schemaParams,
          response: { 200: schemaShownSchema },
        },
      },
      ({ params }) => admin.read('schemas.show', params, schemaShownSchema),
    );
    app.put(
      '/api/v1/schemas/:name',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'addSchema',
          tags,
          summary: 'Registers a schema, or changes one that no route names',
          params: schemaParams,
          body: addSchemaBody,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const { schema } = request.body;
        const args = { ...request.params, schema, ...onRecordOf(request, request.body) };
        return admin.act('schemas.add', args, doneSchema);
      },
    );
    app.delete(
      '/api/v1/schemas/:name',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'removeSchema',
          tags,
          summary: 'Removes a schema that no route names',
          params: schemaParams,
          querystring: removeSchemaQuery,
          response: { 200: doneSchema },
        },
      },
      (request) => {
        const args = { ...request.params, ...given(onRecordOf(request, request.query)) };
        return admin.act('schemas.remove', args, doneSchema);
      },
    );
  };
