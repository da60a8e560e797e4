// Proved by asking vitest itself which files it would run, and comparing with the files that import it.

import { execFileSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, sourceFiles } from './repository.ts';

interface Listed {
  readonly file: string;
  readonly projectName: string;
}

const IMPORTS_VITEST = /^import .*from 'vitest'/m;
const SUFFIX = /\.(?:(sim|crash|e2e)\.)?test\.ts$/;

const listed = JSON.parse(
  execFileSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'list', '--filesOnly', '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  }),
) as readonly Listed[];

const projectsOf = (path: string): readonly string[] =>
  listed.filter(({ file }) => relative(root, file) === path).map(({ projectName }) => projectName);

/** The files that a run reaches: its tests and, over relative imports, what they share. */
function reachedFiles(): ReadonlySet<string> {
  const texts = new Map(sourceFiles().map(({ path, text }) => [path, text]));
  const reached = new Set<string>();
  const open = listed.map(({ file }) => relative(root, file));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const [, target = ''] of (texts.get(path) ?? '').matchAll(/(?:from|import) '(\.[^']+)'/g)) {
      open.push(join(dirname(path), target));
    }
  }
  return reached;
}

describe('test projects', () => {
  const files = sourceFiles().filter(({ path, text }) => IMPORTS_VITEST.test(text) && !path.endsWith('reporter.ts'));

  it('run every test file exactly once, in the project that its suffix names', () => {
    const tests = files.filter(({ path }) => SUFFIX.test(path));
    expect(tests.length).toBeGreaterThan(5);
    for (const { path } of tests) {
      expect({ path, projects: projectsOf(path) }).toEqual({ path, projects: [SUFFIX.exec(path)?.[1] ?? 'unit'] });
    }
  });

  it('reach every file that imports vitest: shared suites have a test that runs them', () => {
    const reached = reachedFiles();
    expect(files.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});
