// Looks up what a word of the earlier system is answered for by: whether that test is there and says it, and whether that
// row is there and gives a reason.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tidy/repository.ts';
import { type EarlierWord, PAGES, type RowName, type TestName } from './proof.ts';

const texts = new Map<string, string | null>();

/** Null: there is no such file. */
function textOf(path: string): string | null {
  const known = texts.get(path);
  if (known !== undefined) return known;
  const file = join(root, path);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : null;
  texts.set(path, text);
  return text;
}

/** The source of the one test of that title, with what stands behind it until the next one. */
function sourceOf([file, title]: TestName): string | null {
  const tests = (textOf(file) ?? '').split(/^(?=\s*(?:it|describe)\b)/m).filter((source) => /^\s*it\b/.test(source));
  const heads = [`('${title}',`, `("${title}",`];
  return tests.find((source) => heads.some((head) => source.replaceAll(/\(\s+/g, '(').includes(head))) ?? null;
}

export type Cells = readonly string[];

/** The rows of all tables of a page, without their heads. */
export function rowsOf(path: string): readonly Cells[] {
  const lines = (textOf(path) ?? '').split('\n');
  const isRule = (line = ''): boolean => line.startsWith('| ---');
  const rows = lines.filter((line, i) => line.startsWith('| ') && !isRule(line) && !isRule(lines[i + 1]));
  return rows.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const STATES: ReadonlySet<string> = new Set(['as is', 'differs', 'not yet', 'gone']);
const REASON_CHARACTERS_MIN = 12;

/** Of a row that says what became of something. */
export function faultOfCells([name = '', state = '', reason = '']: Cells): string | null {
  if (!STATES.has(state)) return `the row "${name}" says none of ${[...STATES].join(', ')}`;
  if (state !== 'as is' && reason.length < REASON_CHARACTERS_MIN) return `the row "${name}" gives no reason`;
  return null;
}

function faultOfRow([page, name]: RowName): string | null {
  const cells = rowsOf(PAGES[page]).find(([first]) => first === name);
  if (cells === undefined) return `${PAGES[page]} has no row "${name}"`;
  return page === 'compatibility' ? faultOfCells(cells) : null;
}

/** Nothing where the word is answered for. */
export function faultsOf({ word, said = [word], tests = [], rows = [] }: EarlierWord): readonly string[] {
  const none = tests.length + rows.length === 0 ? ['there is neither a test nor a row'] : [];
  const sources = tests.map(sourceOf);
  const absent = tests.filter((_, i) => sources[i] === null).map(([file, title]) => `${file} has no test "${title}"`);
  const spoken = tests.length === 0 ? [] : said.filter((text) => !sources.some((source) => source?.includes(text)));
  const rowFaults = rows.flatMap((row) => faultOfRow(row) ?? []);
  const faults = [...none, ...absent, ...spoken.map((text) => `no test of it says ${text}`), ...rowFaults];
  return faults.map((fault) => `${word}: ${fault}`);
}

export const namedIn = (file: string, name: string): boolean => textOf(file)?.includes(name) ?? false;
