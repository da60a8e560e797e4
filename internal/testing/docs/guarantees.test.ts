// docs/guarantees.md: no promise without its limits and a test, and no test that is not there under the quoted name.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../tidy/repository.ts';

const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');

interface Proof {
  readonly file: string;
  /** Names of the enclosing groups, if any, and of the test. */
  readonly names: readonly string[];
}

interface Promised {
  readonly title: string;
  readonly text: string;
  readonly proofs: readonly Proof[];
}

function promises(text: string): readonly Promised[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => ({ title: section.slice(0, section.indexOf('\n')), text: section, proofs: proofsOf(section) }));
}

function proofsOf(section: string): readonly Proof[] {
  return [...section.matchAll(/^\* \[[^\]]+\]\(\.\.\/([^)]+)\):\s+"([^"]+)"$/gm)].map(([, file = '', name = '']) => ({
    file,
    names: name.split(' › '),
  }));
}

/** The names of groups and tests in a source, as they are written there. */
function testNames(source: string): ReadonlySet<string> {
  const call = /\b(?:describe|it|test)(?:\.each\((?:[^()]|\([^()]*\))*\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g;
  return new Set([...source.matchAll(call)].map(([, , name = '']) => name));
}

function unproven({ file, names }: Proof): readonly string[] {
  const path = join(root, file);
  if (!existsSync(path)) return [`${file} is not there`];
  const known = testNames(readFileSync(path, 'utf8'));
  return names.filter((name) => !known.has(name)).map((name) => `${file} has no "${name}"`);
}

describe('docs/guarantees.md', () => {
  const all = promises(page);

  it('has promises', () => {
    expect(all.length).toBeGreaterThan(10);
  });

  it.each(all)('$title: says its limits and is shown by a test of the quoted name', ({ text, proofs }) => {
    expect(text).toMatch(/^Limits: /m);
    expect(proofs.length).toBeGreaterThan(0);
    // A bullet that is not understood would be a proof that nobody checks.
    expect(text.match(/^\* /gm)?.length).toBe(proofs.length);
    expect(proofs.flatMap(unproven)).toEqual([]);
  });
});

describe('the check', () => {
  const here = 'internal/testing/docs/guarantees.test.ts';

  it('finds a file and a name that are not there', () => {
    expect(unproven({ file: here, names: ['the check', 'finds a file and a name that are not there'] })).toEqual([]);
    expect(unproven({ file: 'internal/absent.test.ts', names: ['x'] })).toEqual([
      'internal/absent.test.ts is not there',
    ]);
    const absent = ['no', 'such', 'test'].join(' ');
    expect(unproven({ file: here, names: ['the check', absent] })).toEqual([`${here} has no "${absent}"`]);
  });

  it('reads names of every kind of test', () => {
    const source = `it("a's name", f); test.each([[1], [2]])('b %s', f);\n  describe.each(TABLE)(\n    'c', f); it(\`d\`, f)`;
    expect([...testNames(source)]).toEqual(["a's name", 'b %s', 'c', 'd']);
  });
});
