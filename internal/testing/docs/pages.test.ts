// The pages that list something list all of it: documents, decisions, dependencies, nouns, exit codes, what `status` says.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_TEXTS, exitCodeOf } from '../../../cmd/tachyon/exit-codes.ts';
import { ERRORS, isErrorCode } from '../../../pkg/protocol/errors.ts';
import { DEFAULT_LIMITS } from '../../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { State } from '../../domain/state.ts';
import { MemoryJournal } from '../../repository/memory/memory-journal.ts';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import { statusView } from '../../usecase/status-view.ts';
import { repositoryFiles, root } from '../tidy/repository.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const firstCells = (text: string): readonly string[] =>
  [...text.matchAll(/^\| (.+?) \| /gm)].map(([, cell]) => cell ?? '').filter((cell) => !/^-+$/.test(cell));
const section = (text: string, heading: string): string =>
  text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';

describe('docs/README.md', () => {
  const map = read('docs/README.md');

  it('lists every page and every decision', () => {
    const pages = repositoryFiles()
      .map(({ path }) => path)
      .filter((path) => /^docs\/.+\.(md|yaml)$/.test(path) && path !== 'docs/README.md');
    expect(pages.length).toBeGreaterThan(15);
    expect(pages.filter((path) => !map.includes(`](${path.slice('docs/'.length)})`))).toEqual([]);
  });
});

describe('decisions', () => {
  it('say why each runtime dependency is there, and the way out', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { readonly dependencies: Record<string, string> };
    const rows = repositoryFiles()
      .filter(({ path }) => /^docs\/adr\/\d{4}-.+\.md$/.test(path))
      .flatMap(({ text }) =>
        [...text.matchAll(/^\| `([^`]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$/gm)].map(([, name]) => name),
      );
    expect(Object.keys(dependencies).length).toBeGreaterThan(0);
    expect(Object.keys(dependencies).filter((name) => !rows.includes(name))).toEqual([]);
  });

  it('have the number of their file, without gaps', () => {
    const files = repositoryFiles().filter(({ path }) => path.startsWith('docs/adr/'));
    const numbers = files.map(({ path }) => Number(/^docs\/adr\/(\d{4})-/.exec(path)?.[1])).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    for (const { path, text } of files) expect(text).toMatch(new RegExp(`^# ${Number(path.slice(9, 13))}\\. `));
  });
});

describe('docs/glossary.md', () => {
  it('defines each noun once, in order', () => {
    const nouns = firstCells(read('docs/glossary.md')).filter((noun) => noun !== 'noun');
    expect(nouns.length).toBeGreaterThan(40);
    expect(new Set(nouns).size).toBe(nouns.length);
    expect(nouns).toEqual([...nouns].sort((a, b) => a.localeCompare(b, 'en')));
  });
});

describe('docs/operations.md', () => {
  const page = read('docs/operations.md');

  it('explains every exit code', () => {
    const explained = firstCells(section(page, 'Exit codes')).filter((cell) => /^\d+$/.test(cell));
    expect(explained).toEqual(Object.keys(EXIT_TEXTS));
  });

  it('names for each refusal of a start the exit code that it has', () => {
    const rows = [...section(page, 'Start\n').matchAll(/^\| (`.+`) \| .+ \| (\d+) \|$/gm)];
    const codes = rows.flatMap(([, cell = '', exitCode]) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, code = '']) => ({ code, exitCode: Number(exitCode) })),
    );
    expect(codes.length).toBeGreaterThan(6);
    expect(codes.filter(({ code, exitCode }) => !isErrorCode(code) || exitCodeOf(code) !== exitCode)).toEqual([]);
  });

  it('leaves out no code that ends the process, but for faults while it runs', () => {
    const ending = Object.entries(ERRORS).filter(([, entry]) => entry.severity === 'process');
    expect(ending.map(([code]) => code).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });

  it('names fields that `tachyon status` has', () => {
    const journal = new MemoryJournal({ timers: { after: () => () => {} }, bytesMax: 1 });
    const state = new State(new RadixRouteIndex(), DEFAULT_LIMITS, DEFAULT_QUEUE_POLICY);
    const view = statusView(state, journal, 0, 0) as Record<string, unknown>;
    const about = read('internal/app/run-broker.ts');
    const has = (path: string): boolean => {
      const [top = '', inner] = path.split('.');
      if (!(top in view)) return new RegExp(`^ +${top}:`, 'm').test(about);
      return inner === undefined || inner in (view[top] as object);
    };
    const fields = firstCells(section(page, 'What to watch')).flatMap((cell) =>
      [...cell.matchAll(/`([\w.]+)`/g)].map(([, field]) => field ?? ''),
    );
    expect(fields.length).toBeGreaterThan(10);
    expect(fields.filter((field) => !has(field))).toEqual([]);
    expect(has('counters.absent')).toBe(false);
    expect(has('absent')).toBe(false);
  });
});
