// Completion for zsh: words and options with what they are for.

import type { OptionChoice, Place } from './tree.ts';

export const zshScript = (places: readonly Place[]): string => `#compdef tachyon
# tachyon completion for zsh: source <(tachyon completion zsh), after compinit
_tachyon() {
  local at='' index
  local -a found flags
  for ((index = 2; index < CURRENT; index++)); do
    case "$at:\${words[index]}" in
      (${places.flatMap(({ path, words }) => words.map(({ word }) => `'${path}:${word}'`)).join('|')})
        at="\${at:+$at }\${words[index]}" ;;
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${places.flatMap(valueLines).join('\n')}
  esac
  case "$at" in
${places.map(placeLine).join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o 'option' flags
  elif (( \${#found} )); then
    _describe 'command' found
  else
    _files
  fi
}
compdef _tachyon tachyon
`;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A colon parts a word from its text. */
const described = (word: string, text: string): string => quoted(`${word.replaceAll(':', '\\:')}:${text}`);

const flagsOf = ({ short, long }: OptionChoice): readonly string[] => [short, long].filter((flag) => flag !== null);

const placeLine = ({ path, words, options }: Place): string => {
  const found = words.map(({ word, text }) => described(word, text));
  const flags = options.flatMap((option) => flagsOf(option).map((flag) => described(flag, option.text)));
  return `    ('${path}') found=(${found.join(' ')}); flags=(${flags.join(' ')}) ;;`;
};

const valueLines = ({ path, options }: Place): readonly string[] =>
  options.flatMap((option) => {
    const { values } = option;
    if (values === null) return [];
    const cases = flagsOf(option).map((flag) => `'${path}:${flag}'`);
    const reply =
      values === 'files' ? '_files' : values.length === 0 ? '_message value' : `compadd -- ${values.join(' ')}`;
    return [`    (${cases.join('|')}) ${reply}; return ;;`];
  });
