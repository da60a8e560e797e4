// Habits that no linter keeps. Patterns are written so that this file does not match itself.

import { describe, expect, it } from 'vitest';
import { type RepositoryFile, repositoryFiles, sourceFiles } from './repository.ts';

const LINES_MAX = 350;

// A ratchet: files that were allowed to be longer, with their length. An entry may shrink and go, never grow or come.
const LONGER: Readonly<Record<string, number>> = {};

const lineCount = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

function offences(files: readonly RepositoryFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('the repository', () => {
  it('is looked at: sources, documents and settings', () => {
    const paths = repositoryFiles().map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['package.json', 'LICENSE', 'internal/testing/tidy/habits.test.ts']));
    expect(sourceFiles().length).toBeGreaterThan(30);
  });

  it(`has no source longer than ${LINES_MAX} lines, and its exceptions only shrink`, () => {
    const tooLong = sourceFiles()
      .map(({ path, text }) => ({ path, lines: lineCount(text) }))
      .filter(({ path, lines }) => lines > (LONGER[path] ?? LINES_MAX));
    expect(tooLong).toEqual([]);
    for (const [path, allowed] of Object.entries(LONGER)) {
      const file = sourceFiles().find((source) => source.path === path);
      expect({ path, lines: lineCount(file?.text ?? '') }).toEqual({ path, lines: allowed });
      expect(allowed).toBeGreaterThan(LINES_MAX);
    }
  });

  it('names its sources in kebab-case', () => {
    const odd = sourceFiles().filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.[a-z0-9-]+)*\.(ts|mjs)$/.test(path));
    expect(odd.map(({ path }) => path)).toEqual([]);
  });

  it('opens every source with what it is for', () => {
    const silent = sourceFiles().filter(({ text }) => !/^(#!.*\n)?\s*(\/\/|\/\*)/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('has no test that is switched off or runs alone', () => {
    const pattern = /\b(it|test|describe|suite)(\.concurrent|\.sequential)?\.(only|skip|todo|fails)\b/;
    expect(offences(sourceFiles(), pattern)).toEqual([]);
  });

  it('hides no line from coverage', () => {
    expect(offences(sourceFiles(), /\b(v8|c8|istanbul) ignore\b/)).toEqual([]);
  });

  it('silences no checker without a reason beside it', () => {
    const pattern = /(biome-ignore(-all|-start)?\s+[\w/]+\s*$|(oxlint|eslint)-disable(?!.* -- )|@ts-(ignore|nocheck))/;
    expect(offences(sourceFiles(), pattern)).toEqual([]);
  });

  it('leaves nothing half done', () => {
    expect(offences(repositoryFiles(), /\b(TODO|FIXME|XXX|HACK)\b/).filter((line) => !isOwn(line))).toEqual([]);
  });

  it('names no path of a machine that it was written on', () => {
    const pattern = /(^|[\s'"`(=:])\/(work|farm|root|Users|home\/[a-z]+)\/[a-z]/;
    expect(offences(repositoryFiles(), pattern)).toEqual([]);
  });

  it('names no package registry, in the lock file either', () => {
    const host = /\b(registry|artifactory|nexus|npm-proxy|verdaccio)\.[a-z0-9-]+\.[a-z]{2,}\b|"resolved":/;
    expect(offences(repositoryFiles(), host).filter((line) => !isOwn(line))).toEqual([]);
  });
});

function isOwn(line: string): boolean {
  return line.startsWith('internal/testing/tidy/habits.test.ts:');
}
