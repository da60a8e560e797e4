// Where the code of a worker is. The rule holds in the sources, in dist/sidecar and in the bundle in dist/bin alike, as
// each lies one folder below what holds `sidecar`.

import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

export function workerFile(): URL {
  const extension = extname(import.meta.filename);
  const file = new URL(`../sidecar/worker-main${extension}`, import.meta.url);
  return extension === '.ts' ? throughTsx(file) : file;
}

/** Sources are run by tests and scripts; a worker does not take over what made its parent understand them. */
function throughTsx(file: URL): URL {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const loader = new URL('./dist/esm/api/index.mjs', tsx).href;
  const code = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(file.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
