// `npm run docs`: writes the pages that are generated from the code. They are committed, and a tidy test compares them
// with what the code says now.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GENERATED_PAGES } from './docs/pages.ts';

const root = join(import.meta.dirname, '..');

for (const { path, render } of GENERATED_PAGES) {
  writeFileSync(join(root, path), render());
  console.log(path);
}
