// Writes dist/bin: the `tachyon` executable as one entry and a few chunks, and the broker's program once more as one script
// with V8's code cache. A process then opens a dozen files, or two, instead of several hundred, which is most of the time
// between a start and the first message (docs/adr/0010-bundled-executable.md).

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './bootstrap.mjs';

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// It takes its place at once when it is whole: somebody may be running the one before.
mkdirSync(join(root, 'dist'), { recursive: true });
const bin = mkdtempSync(join(root, 'dist/.bin-'));
chmodSync(bin, 0o755);
process.on('exit', () => rmSync(bin, { recursive: true, force: true }));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: `node${/\d+/.exec(engines.node)?.[0]}`,
  // Native code stays where it was installed. So does what is loaded only when somebody looks, by `createRequire`.
  external: ['zeromq', 'lz4-napi'],
  legalComments: 'inline',
  logLevel: 'warning',
};

await build({
  ...common,
  entryPoints: { tachyon: 'cmd/tachyon/main.ts' },
  outdir: bin,
  splitting: true,
  format: 'esm',
  // Packages of the older module system ask for `require`, which a module does not have.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
});

await build({
  ...common,
  entryPoints: { broker: 'cmd/tachyon/start/broker-alone.ts' },
  outdir: bin,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  // Node's wrapper of a module stands in the file (cmd/tachyon/start/compiled-broker.ts). There is no `import.meta` in it.
  banner: {
    js: "(function (exports, require, module, __filename, __dirname) { 'use strict'; const fileUrl = require('node:url').pathToFileURL(__filename).href;",
  },
  footer: { js: '})' },
  define: {
    'import.meta.url': 'fileUrl',
    'import.meta.filename': '__filename',
    'import.meta.dirname': '__dirname',
  },
  // In a script from a code cache node does not know who asks for a module.
  supported: { 'dynamic-import': false },
});

// The cache is of what a broker has run when it is ready, so one is started, on a folder that goes.
const folder = mkdtempSync(join(tmpdir(), 'tachyon-build-'));
try {
  const writer = join(folder, 'code-cache.mjs');
  await build({ ...common, entryPoints: ['scripts/code-cache.mjs'], outfile: writer, format: 'esm' });
  execFileSync(process.execPath, [writer, join(bin, 'broker.cjs'), join(folder, 'data')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Whoever builds may have settings for a broker of their own.
    cwd: folder,
    env: {},
  });
} catch {
  process.stderr.write('the broker was not compiled ahead: it starts from its modules, and slower\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

rmSync(join(root, 'dist/bin'), { recursive: true, force: true });
renameSync(bin, join(root, 'dist/bin'));
