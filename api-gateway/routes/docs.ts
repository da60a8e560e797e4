// `/docs`: the OpenAPI document as a page for people, and `/docs/openapi.json` for programs. The page is plain HTML
// without a script, so that the strictest content policy holds for it too.

import type { FastifyInstance } from 'fastify';
import type { Routes } from '../context.ts';
import { renderReference } from './docs-page.ts';

const config = { access: 'open' } as const;
const schema = { hide: true };

export const docsRoutes: Routes = () => async (app) => {
  app.get('/docs/openapi.json', { config, schema }, async (_request, reply) => {
    reply.header('cache-control', 'no-cache');
    return documentOf(app);
  });
  app.get('/docs', { config, schema }, async (_request, reply) => {
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache');
    return renderReference(documentOf(app));
  });
  app.get('/docs/reference.css', { config, schema }, async (_request, reply) => {
    reply.type('text/css; charset=utf-8').header('cache-control', 'no-cache');
    return STYLE;
  });
};

/** As much of the document as the page reads. */
export type OpenApi = Parameters<typeof renderReference>[0];

const documentOf = (app: Pick<FastifyInstance, 'swagger'>): OpenApi => app.swagger() as unknown as OpenApi;

const STYLE = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
code, pre { font: 0.9em/1.4 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px; }
details { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); padding: 0.4rem 0; }
summary { cursor: pointer; }
summary span { opacity: 0.75; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent); padding: 0.25rem 0.75rem 0.25rem 0; vertical-align: top; }
`;
