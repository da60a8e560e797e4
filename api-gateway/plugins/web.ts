// The page for people, at `/`: static files, read once at the start. Invariants: what is served is one of those files, by
// its exact name, so that no request can lead anywhere else on the disk; and the page may not make markup or scripts out
// of text at all (trusted types), beside the content policy that holds everywhere.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

const compress = promisify(gzip);
/** Less than this is not worth a header. */
const COMPRESSED_BYTES_MIN = 1_024;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const require = createRequire(import.meta.url);
const beside = (entry: string, file: string): string => join(dirname(entry), file);

/** What the page loads from packages, by the name that it asks for. */
const vendored = (): Readonly<Record<string, string>> => ({
  'vendor/preact.js': beside(require.resolve('htm'), '../preact/standalone.module.js'),
  'vendor/uplot.js': beside(require.resolve('uplot'), 'uPlot.esm.js'),
  'vendor/uplot.css': beside(require.resolve('uplot'), 'uPlot.min.css'),
});

const TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types 'none'";

interface WebFile {
  readonly type: string;
  readonly body: Buffer;
  readonly gzipped: Buffer | null;
  readonly tag: string;
}

const config = { access: 'open' } as const;
const schema = { hide: true };

export const web: FastifyPluginAsync = async (app) => {
  const files = await readFiles();
  app.get('/', { config, schema }, (request, reply) => {
    // The policy of everywhere, and more.
    const policy = String(reply.getHeader('content-security-policy') ?? '');
    reply.header('content-security-policy', `${policy.replace(/;?\s*$/, '')}; ${TRUSTED_TYPES}`);
    return send(request, reply, files.get('index.html'));
  });
  // Where the earlier operator page was.
  app.get('/broker-admin', { config, schema }, (_request, reply) => reply.redirect('./', 302));
  app.get<{ Params: { '*': string } }>('/web/*', { config, schema }, (request, reply) =>
    send(request, reply, files.get(request.params['*'])),
  );
};

function send({ headers }: FastifyRequest, reply: FastifyReply, file: WebFile | undefined): FastifyReply {
  if (file === undefined) {
    reply.callNotFound();
    return reply;
  }
  const { type, body, gzipped, tag } = file;
  // Asked for anew each time, answered in a few bytes: a page is never made of files of two versions for long.
  reply.headers({ 'cache-control': 'no-cache', etag: tag, vary: 'accept-encoding' });
  if (headers['if-none-match']?.includes(tag) === true) return reply.code(304).send();
  reply.type(type);
  const takesGzip = /\bgzip\b(?!;\s*q=0(\.0*)?(,|$))/.test(String(headers['accept-encoding'] ?? ''));
  if (gzipped === null || !takesGzip) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(gzipped);
}

async function readFiles(): Promise<ReadonlyMap<string, WebFile>> {
  const folder = join(packageRoot(), 'api-gateway/web');
  const own = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(folder.length + 1).replaceAll('\\', '/'), path] as const);
  const read = async ([name, path]: readonly [string, string]) =>
    [name, await fileOf(readFileSync(path), name)] as const;
  return new Map(await Promise.all([...own, ...Object.entries(vendored())].map(read)));
}

async function fileOf(body: Buffer, name: string): Promise<WebFile> {
  const gzipped = body.length < COMPRESSED_BYTES_MIN ? null : await compress(body);
  const tag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[extname(name)] ?? 'application/octet-stream', body, gzipped, tag };
}

/** This module is run from the sources and from a bundle: the files lie beside neither, but in the package that both are in. */
function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error('the package that holds the page is not there');
  }
}
