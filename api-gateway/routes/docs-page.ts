// The reference page, written from the OpenAPI document alone. Invariant: every text is escaped where it is put in.

import type { Operation, Parameter } from '../plugins/openapi.ts';

export interface ReferenceDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

export function renderReference({ info, paths }: ReferenceDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags ?? []))];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(tag));
    const entries = own.map(({ path, method, operation }) => renderOperation(path, method, operation));
    return `<h2>${escapeHtml(tag)}</h2>\n${entries.join('\n')}`;
  });
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)}</title><link rel="stylesheet" href="/docs/reference.css"></head>
<body>
<h1>${escapeHtml(info.title)} <small>${escapeHtml(info.version)}</small></h1>
<pre>${escapeHtml(info.description)}</pre>
<p>For programs: <a href="/docs/openapi.json">openapi.json</a> (OpenAPI 3.1). Failures are
<code>application/problem+json</code> with a <code>code</code>.</p>
${sections.join('\n')}
</body>
</html>
`;
}

function renderOperation(path: string, method: string, operation: Operation): string {
  const { summary = '', description, parameters = [], requestBody, responses } = operation;
  const role = operation['x-role'] ?? 'no token';
  const body = requestBody?.content['application/json']?.schema;
  const answers = Object.keys(responses).map(escapeHtml).join(', ');
  return `<details id="${escapeHtml(operation.operationId ?? '')}">
<summary><code>${method.toUpperCase()} ${escapeHtml(path)}</code> <span>${escapeHtml(summary)} (${escapeHtml(role)})</span></summary>
${description === undefined ? '' : `<p>${escapeHtml(description)}</p>`}
${parameters.length === 0 ? '' : `<table>${parameters.map(renderParameter).join('')}</table>`}
${body === undefined ? '' : `<pre>${escapeHtml(JSON.stringify(body, null, 2))}</pre>`}
<p>Answers: ${answers}</p>
</details>`;
}

const renderParameter = ({ name, in: where, required, description, schema }: Parameter): string =>
  `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(where)}${required === true ? ', required' : ''}</td>` +
  `<td>${escapeHtml(description ?? schema?.description ?? '')}</td></tr>`;
