// The command tree as completion sees it: each place in it, by the words that lead there, with what may come next.

import type { Command } from 'commander';

export interface Choice {
  readonly word: string;
  readonly text: string;
}

export interface OptionChoice {
  readonly short: string | null;
  readonly long: string | null;
  readonly text: string;
  /** `files`: any path. Null: it takes no value. Empty: a value that nobody knows beforehand. */
  readonly values: readonly string[] | 'files' | null;
}

export interface Place {
  /** Words from the first on, with spaces between them; empty at the beginning. */
  readonly path: string;
  readonly words: readonly Choice[];
  readonly options: readonly OptionChoice[];
}

export function placesOf(program: Command): readonly Place[] {
  return walk(program, []);
}

function walk(command: Command, path: readonly string[]): readonly Place[] {
  const children = command.commands.filter((child) => child.name() !== 'help');
  const own: Place = {
    path: path.join(' '),
    words: [...children.map(wordOf), ...command.registeredArguments.flatMap(choicesOf)],
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionOf), HELP],
  };
  return [own, ...children.flatMap((child) => walk(child, [...path, child.name()]))];
}

const wordOf = (command: Command): Choice => ({
  word: command.name(),
  text: firstSentence(command.summary() || command.description()),
});

const choicesOf = ({ argChoices = [] }: Command['registeredArguments'][number]): readonly Choice[] =>
  argChoices.map((word) => ({ word, text: '' }));

const HELP: OptionChoice = { short: '-h', long: '--help', text: 'print help', values: null };

function optionOf({
  short,
  long,
  description,
  argChoices,
  required,
  optional,
  flags,
}: Command['options'][number]): OptionChoice {
  const takesValue = required || optional;
  const values = argChoices ?? (/<(path|file)>/.test(flags) ? 'files' : []);
  return {
    short: short ?? null,
    long: long ?? null,
    text: firstSentence(description),
    values: takesValue ? values : null,
  };
}

const firstSentence = (text: string): string => text.split(/\.\s|\n|; | \(/)[0]?.replace(/\.$/, '') ?? '';
