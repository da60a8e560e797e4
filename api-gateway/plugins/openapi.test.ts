// The document says what is enforced: every operation with its role and its failures; and the page for people has all.

import { afterEach, describe, expect, it } from 'vitest';
import { ROLES } from '../auth/role.ts';
import { escapeHtml } from '../routes/docs-page.ts';
import { ADMIN_TOKEN, aGateway, type GatewayFixture } from '../testing/a-gateway.ts';
import type { Operation } from './openapi.ts';

let gateway: GatewayFixture | null = null;
afterEach(async () => {
  await gateway?.remove();
  gateway = null;
});

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

async function documentOf({ app }: GatewayFixture): Promise<Document> {
  return (await app.inject({ url: '/docs/openapi.json' })).json() as Document;
}

const operationsOf = ({ paths }: Document): readonly Operation[] => Object.values(paths).flatMap(Object.values);

describe('/docs/openapi.json', () => {
  it('is OpenAPI 3.1 and names every operation once', async () => {
    gateway = await aGateway();
    const document = await documentOf(gateway);
    expect(document.openapi).toBe('3.1.0');
    const ids = operationsOf(document).map(({ operationId }) => operationId);
    expect(ids.length).toBeGreaterThan(40);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(undefined);
  });

  it('says for each operation its role, or that it is open, and how it can fail', async () => {
    gateway = await aGateway();
    const operations = operationsOf(await documentOf(gateway));
    const open = operations.filter(({ security }) => security === undefined).map(({ operationId }) => operationId);
    expect(open).toEqual(['health', 'live', 'ready']);
    for (const operation of operations.filter(({ security }) => security !== undefined)) {
      expect(ROLES).toContain(operation['x-role']);
      expect(operation.security).toEqual([{ adminToken: [] }, { bearer: [] }]);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '503']));
    }
  });

  it('resolves every reference within itself', async () => {
    gateway = await aGateway();
    const document = await documentOf(gateway);
    const named = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !Object.hasOwn(document.components.schemas, name ?? ''))).toEqual([]);
  });

  it('is what requests are checked against: each body that must be there is asked for', async () => {
    gateway = await aGateway();
    const { paths } = await documentOf(gateway);
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { requestBody }] of Object.entries(methods)) {
        if (requestBody === undefined) continue;
        const url = path.replaceAll(/\{\w+\}/g, 'x');
        const reply = await gateway.app.inject({
          method: method as 'POST',
          url,
          headers: { 'x-admin-token': ADMIN_TOKEN, 'content-type': 'application/json' },
          payload: '"no object"',
        });
        expect([url, reply.statusCode]).toEqual([url, 400]);
      }
    }
  });
});

describe('/docs', () => {
  it('shows every operation without a script', async () => {
    gateway = await aGateway();
    const document = await documentOf(gateway);
    const reply = await gateway.app.inject({ url: '/docs' });
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
    for (const path of Object.keys(document.paths)) expect(reply.body).toContain(` ${path}</code>`);
    expect(reply.body).not.toMatch(/<script|\son\w+=|style=/);
    expect((await gateway.app.inject({ url: '/docs/reference.css' })).headers['content-type']).toMatch(/^text\/css/);
  });

  it('escapes what it is told', () => {
    expect(escapeHtml(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
  });
});
