// Commands that the documents print can be typed: npm scripts exist, words and options of `tachyon` are known.

import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { programFor } from '../../../cmd/tachyon/program.ts';
import { repositoryFiles } from '../tidy/repository.ts';

const documents = repositoryFiles().filter(({ path }) => path.endsWith('.md'));
const scripts = new Set(Object.keys(packageJson().scripts));
const program = await programFor(['--help']);

function packageJson(): { readonly scripts: Readonly<Record<string, string>> } {
  const file = repositoryFiles().find(({ path }) => path === 'package.json');
  return JSON.parse(file?.text ?? '') as { readonly scripts: Readonly<Record<string, string>> };
}

function unknownScripts(text: string): readonly string[] {
  const named = [...text.matchAll(/\bnpm (?:run ([a-z]+)|(start|test)\b)/g)].map(([, run, word]) => run ?? word ?? '');
  return named.filter((name) => !scripts.has(name));
}

/** What the documents print of `tachyon`: in code spans from their first word, in shell blocks line by line. */
function spoken(text: string): readonly string[] {
  const spans = [...text.matchAll(/`((?:npx )?tachyon(?: [^`\n]+)?)`/g)].map(([, span]) => span ?? '');
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block?.split('\n') ?? []);
  return [...spans, ...blocks.filter((line) => /^(npx )?tachyon /.test(line))];
}

/** The words and options of the line that no command knows. What a placeholder or a quoted text says is not looked at. */
function notKnown(line: string): readonly string[] {
  const words = line
    .replace(/^npx /, '')
    .replaceAll(/'[^']*'|"[^"]*"|<[^>]*>|\[[^\]]*\]|#.*$/g, 'X')
    .split(/\s+/)
    .slice(1);
  let command: Command = program;
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word);
    if (child === undefined) break;
    command = child;
  }
  const first = words[0] ?? '';
  const alternatives = first.split('|').filter((word) => /^[a-z]+$/.test(word));
  const strange = alternatives.filter((word) => !program.commands.some((each) => each.name() === word));
  const alone = program.commands.find((each) => each.name() === 'broker');
  const owner = command === program ? alone : command;
  const known = new Set([...(owner?.options ?? []), ...program.options].flatMap(({ short, long }) => [short, long]));
  const options = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0] ?? '');
  return [...strange, ...options.filter((option) => !known.has(option) && !['--help', '-h'].includes(option))];
}

describe('commands in the documents', () => {
  it('of npm are scripts of the package', () => {
    expect(documents.flatMap(({ path, text }) => unknownScripts(text).map((name) => `${path}: ${name}`))).toEqual([]);
  });

  it('of tachyon have words and options that it knows', () => {
    const lines = documents.flatMap(({ path, text }) => spoken(text).map((line) => ({ path, line })));
    expect(lines.length).toBeGreaterThan(20);
    // What compatibility.md says is missing here is missing.
    const here = lines.filter(({ path }) => path !== 'docs/compatibility.md');
    expect(here.flatMap(({ path, line }) => notKnown(line).map((word) => `${path}: ${line}: ${word}`))).toEqual([]);
  });

  it('that are not known are found', () => {
    expect(unknownScripts('run `npm run absent`, then npm start')).toEqual(['absent']);
    expect(spoken('`tachyon queues list` and\n```sh\nnpx tachyon pub a.b "x"\n```')).toEqual([
      'tachyon queues list',
      'npx tachyon pub a.b "x"',
    ]);
    expect(notKnown("npx tachyon queues declare orders --bind 'orders.>'")).toEqual([]);
    expect(notKnown('tachyon queues declare orders --absent')).toEqual(['--absent']);
    expect(notKnown('tachyon absent')).toEqual(['absent']);
  });
});
