// Requests that should be refused, made from the OpenAPI document itself: a new operation, parameter or field is
// attacked as soon as it is written down.

import type { Operation } from '../plugins/openapi.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly format?: string;
}

export interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Described {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly body: Schema | null;
}

export const describedIn = ({ paths }: Api): readonly Described[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      operation,
      body: (operation.requestBody?.content['application/json']?.schema as Schema | undefined) ?? null,
    })),
  );

/** Texts that have broken somebody's parser, path, log or page. */
export const HOSTILE_TEXTS: readonly string[] = [
  '..',
  '../../etc/passwd',
  '/',
  '\0',
  'a\r\nx-injected: 1',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  "' OR 1=1 --",
  '%s%n{{7*7}}#{7*7}',
  '\u202egnp.exe',
  '💥'.repeat(80),
  'x'.repeat(300),
  '-1',
  '1e309',
  'null',
];

/** Not what any field is. */
const WRONG: readonly unknown[] = [
  { a: { b: {} } },
  [[[]]],
  Number.MAX_VALUE,
  true,
  null,
  '',
  '\ud800',
  'y'.repeat(70_000),
];

const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

/** Bodies that no operation takes. */
export const HOSTILE_BODIES: readonly string[] = [
  '',
  '{',
  'null',
  '[]',
  '"text"',
  '1',
  DEEP,
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '\u0000',
];

/** The path with each of its parameters filled in. */
export const pathWith = (path: string, value: string): string =>
  path.replaceAll(/\{\w+\}/g, encodeURIComponent(value).replaceAll('.', '%2E'));

/** The least that an operation takes, so that one field at a time can be spoilt. */
export function leastOf(schema: Schema): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  const [first] = schema.anyOf ?? [];
  if (first !== undefined) return leastOf(first);
  if (schema.type === 'object') {
    const entries = Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name));
    return Object.fromEntries(entries.map(([name, property]) => [name, leastOf(property)]));
  }
  if (schema.type === 'array') return schema.items === undefined ? [] : [leastOf(schema.items)];
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1;
  if (schema.type === 'boolean') return false;
  return schema.format === 'base64' ? 'eA==' : 'x';
}

/** One body for each field and each way to spoil it. */
export function spoiltBodies(schema: Schema, least: Readonly<Record<string, unknown>>): readonly object[] {
  return Object.keys(schema.properties ?? {}).flatMap((name) =>
    [...WRONG, ...HOSTILE_TEXTS].map((value) => ({ ...least, [name]: value })),
  );
}
