// The OpenAPI 3.1 document, made from the same zod schemas that check requests. Who may use an operation, and how each
// of them can fail, is written from what is enforced, so that it cannot be forgotten beside a route.

import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { VERSION } from '../../pkg/protocol/version.ts';
import { ROLE_TEXTS, ROLES } from '../auth/role.ts';
import { problemSchema } from '../schemas/problem.ts';

const SECURITY = [{ adminToken: [] }, { bearer: [] }];

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { schemas: Record<string, unknown> };
}

/** As much of an operation as is read here. */
export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: object }>> };
  readonly responses: Record<string, unknown>;
  readonly 'x-role'?: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: { readonly description?: string };
}

const DESCRIPTION = [
  'Operate and use one AetherBus Tachyon broker over HTTP.',
  '',
  'Roles, each with all that those before it may:',
  ...ROLES.map((role) => `* **${role}**: ${ROLE_TEXTS[role]}`),
].join('\n');

export async function openapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'AetherBus Tachyon gateway', version: VERSION, description: DESCRIPTION },
      components: {
        securitySchemes: {
          adminToken: { type: 'apiKey', in: 'header', name: 'X-Admin-Token' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route);
      const { access } = route.route.config ?? {};
      const secured = access === undefined || access === 'open' ? {} : { security: SECURITY, 'x-role': access };
      return { schema: { ...schema, ...secured }, url };
    },
    transformObject: (document) => {
      const object = jsonSchemaTransformObject(document) as unknown as OpenApiDocument;
      for (const path of Object.values(object.paths))
        for (const operation of Object.values(path)) addFailures(operation);
      object.components.schemas['Problem'] = z.toJSONSchema(problemSchema, { target: 'draft-2020-12' });
      object.components.schemas = referencedOf(object);
      return object as unknown as ReturnType<typeof jsonSchemaTransformObject>;
    },
  });
  app.addHook('onRoute', ({ schema, method, url }) => {
    if (schema?.hide !== true && schema?.operationId === undefined) {
      throw new Error(`${String(method)} ${url} has no operationId`);
    }
  });
}

/** The schemas that something in the document leads to: a registry knows others too. */
function referencedOf({ paths, components }: OpenApiDocument): Record<string, unknown> {
  const referenced: Record<string, unknown> = {};
  const open = [JSON.stringify(paths)];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (Object.hasOwn(referenced, name)) continue;
      referenced[name] = components.schemas[name];
      open.push(JSON.stringify(components.schemas[name]) ?? '');
    }
  }
  return referenced;
}

const FAILURES: Readonly<Record<string, string>> = {
  400: 'The request is not as it should be.',
  401: 'The token is missing or not known.',
  403: 'The role of the token is too low.',
  404: 'There is no such thing.',
  409: 'The state of the broker stands in the way.',
  413: 'The request is too large.',
  429: 'Too many requests, or too many wrong tokens.',
  503: 'The broker does not answer, or not in time, or has no room.',
};

function addFailures({ responses, security }: Operation): void {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  for (const [status, description] of Object.entries(FAILURES)) {
    if (security === undefined && (status === '401' || status === '403')) continue;
    responses[status] ??= { description, content };
  }
}
