// Proved by asking npm what it would put into the package, from the build that the tests run on.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

function packedPaths(): readonly string[] {
  const flags = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const output = execFileSync('npm', flags, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ files }] = JSON.parse(output) as [{ files: readonly { path: string }[] }];
  return files.map(({ path }) => path);
}

describe('the package', () => {
  const paths = packedPaths();

  it('holds what its executables and exports lead to', () => {
    const wanted = [
      'LICENSE',
      'README.md',
      'api-gateway/web/app.js',
      'api-gateway/web/index.html',
      'dist/bin/tachyon.js',
      'dist/cmd/tachyon-bench/main.js',
      'dist/pkg/client/index.js',
      'dist/pkg/client/index.d.ts',
      'dist/pkg/protocol/index.js',
      'dist/pkg/protocol/index.d.ts',
    ];
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('holds no tests, no tools of the developer and nothing that the compiler remembers', () => {
    const unwanted = /\.test\.|^dist\/internal\/testing\/|conformance|^dist\/scripts\/|\.map$|tsbuildinfo|\.built$/;
    expect(paths.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('holds no output of a source that is gone', () => {
    const outputs = paths.filter((path) => /^dist\/(?!bin\/).*\.js$/.test(path));
    expect(outputs.length).toBeGreaterThan(20);
    const sources = outputs.map((path) => path.replace(/^dist\//, '').replace(/js$/, 'ts'));
    expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
