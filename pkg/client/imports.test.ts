// What an application loads when it imports the client: proved by what a fresh process has read, and by the graph of
// imports, which also finds what would be loaded later.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const ENTRY = join(import.meta.dirname, 'index.ts');

/** Every file that is imported from `entry` on, statically or not, and every package. */
function graph(entry: string): { readonly files: Set<string>; readonly packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    // What is imported for its types alone is not there at run time.
    const source = readFileSync(file, 'utf8').replaceAll(/^import type [^;]*;$/gm, '');
    const imports = [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)];
    for (const [statement, target = ''] of imports) {
      if (target.startsWith('.')) open.push(resolve(dirname(file), target));
      else if (statement !== '') packages.add(target);
    }
  }
  return { files, packages };
}

describe('importing the client', () => {
  it('reads nothing of the broker, the gateway or the storage, and no library but zeromq', () => {
    const { files, packages } = graph(ENTRY);
    const rooms = new Set([...files].map((file) => relative(ROOT, file).split('/').slice(0, 2).join('/')));
    expect(rooms).toEqual(new Set(['pkg/client', 'pkg/encoding', 'pkg/protocol']));
    expect(packages).toEqual(new Set(['zeromq', 'node:crypto', 'node:module']));
    expect([...files].filter((file) => file.includes('/testing/') || file.endsWith('.test.ts'))).toEqual([]);
  });

  it('loads in a fresh process what the graph says, and leaves nothing that keeps the process alive', async () => {
    const program = `
      import { createRequire } from 'node:module';
      await import(${JSON.stringify(ENTRY)});
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      console.log(JSON.stringify(loaded));
    `;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    const loaded = JSON.parse(stdout) as string[];
    const packages = new Set(loaded.flatMap((file) => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
    // Whatever runs TypeScript is of this test, not of the client.
    for (const tool of ['tsx', 'esbuild', 'get-tsconfig', 'resolve-pkg-maps']) packages.delete(tool);
    expect(packages).toContain('zeromq');
    expect(
      [...packages].filter((name) => ['zod', 'pino', 'commander', 'yaml', 'lz4-napi', 'fastify'].includes(name)),
    ).toEqual([]);
    expect(loaded.filter((file) => file.includes('/internal/'))).toEqual([]);
  });
});
