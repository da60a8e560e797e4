// Writes dist/bin: the `tachyon` executable as one entry and a few chunks. A process then opens a dozen files instead of
// several hundred, which is most of the time between a start and the first message (docs/adr/0010-bundled-executable.md).

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './bootstrap.mjs';

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(join(root, 'dist/bin'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { tachyon: 'cmd/tachyon/main.ts' },
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: `node${/\d+/.exec(engines.node)?.[0]}`,
  // Native code stays where it was installed. So does what is loaded only when somebody looks, by `createRequire`.
  external: ['zeromq', 'lz4-napi'],
  // Packages of the older module system ask for `require`, which a module does not have.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  legalComments: 'inline',
  logLevel: 'warning',
});
