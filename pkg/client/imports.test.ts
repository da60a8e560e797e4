// What an application loads when it imports the client: proved by what a fresh process has read, and by the graph of
// imports, which also finds what would be loaded later.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Publisher } from 'zeromq';
import { FakeBroker } from '../../internal/testing/client/fake-broker.ts';

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
  it('reads nothing of the broker, the gateway or the storage, and no library', () => {
    const { files, packages } = graph(ENTRY);
    const rooms = new Set([...files].map((file) => relative(ROOT, file).split('/').slice(0, 2).join('/')));
    expect(rooms).toEqual(new Set(['pkg/client', 'pkg/encoding', 'pkg/protocol', 'pkg/zmtp']));
    expect(packages).toEqual(new Set(['node:crypto', 'node:module', 'node:net']));
    expect([...files].filter((file) => file.includes('/testing/') || file.endsWith('.test.ts'))).toEqual([]);
  });

  it('loads in a fresh process no package at all, and leaves nothing that keeps the process alive', async () => {
    const { packages, files } = await loadedBy('');
    expect(packages).toEqual([]);
    expect(files.filter((file) => file.includes('/internal/'))).toEqual([]);
  });
});

describe('a client', () => {
  it.each([
    ['zmtp', []],
    ['libzmq', ['zeromq']],
  ])(
    'over %s loads, publishing, consuming, subscribing and asking the admin endpoint: %j',
    async (transport, wanted) => {
      const broker = await FakeBroker.start({ confirms: true });
      const pub = new Publisher({ linger: 0 });
      try {
        await pub.bind('tcp://127.0.0.1:*');
        const options = { transport, router: broker.address, pub: pub.lastEndpoint, timeoutMs: 20_000 };
        const { packages, natives } = await loadedBy(`
        const client = await api.connect(${JSON.stringify(options)});
        await client.publish('a', 'b');
        await client.consume({ queue: 'q' }, () => undefined);
        await client.subscribe('a');
        const admin = await api.openAdmin({ socketPath: '/nowhere/admin.sock', transport: '${transport}' }).catch(() => null);
        if (admin !== null) throw new Error('somebody listens there');
        await client.close();
      `);
        expect(packages.filter((name) => name === 'zeromq')).toEqual(wanted);
        expect(natives.length > 0).toBe(wanted.length > 0);
      } finally {
        await broker.stop();
        pub.close();
      }
    },
  );
});

/** What a fresh process that imports the client as `api` and runs the program has loaded, also from packages. */
async function loadedBy(
  work: string,
): Promise<{ readonly files: string[]; readonly packages: string[]; readonly natives: string[] }> {
  const program = `
    import { createRequire } from 'node:module';
    const api = await import(${JSON.stringify(ENTRY)});
    ${work}
    const files = Object.keys(createRequire(import.meta.url).cache);
    const natives = process.report.getReport().sharedObjects.filter((path) => /zeromq.*[.]node$/.test(path));
    console.log(JSON.stringify({ files, natives }));
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  const { files, natives } = JSON.parse(stdout) as { files: string[]; natives: string[] };
  const packages = new Set(files.flatMap((file) => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
  // Whatever runs TypeScript is of this test, not of the client.
  for (const tool of ['tsx', 'esbuild', 'get-tsconfig', 'resolve-pkg-maps']) packages.delete(tool);
  return { files, packages: [...packages], natives };
}
