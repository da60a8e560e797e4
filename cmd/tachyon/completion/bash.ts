// Completion for bash: one function that walks the words as the command tree does.

import type { Place } from './tree.ts';

export const bashScript = (
  places: readonly Place[],
): string => `# tachyon completion for bash: source <(tachyon completion bash)
_tachyon() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' options='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$at:\${COMP_WORDS[index]}" in
      ${places.flatMap(({ path, words }) => words.map(({ word }) => `'${path}:${word}'`)).join('|')})
        at="\${at:+$at }\${COMP_WORDS[index]}" ;;
    esac
  done
  case "$at:$previous" in
${places.flatMap(valueLines).join('\n')}
  esac
  case "$at" in
${places.map(placeLine).join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
  if [ \${#COMPREPLY[@]} -eq 0 ] && [ -z "$words" ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _tachyon tachyon
`;

const placeLine = ({ path, words, options }: Place): string => {
  const flags = options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== null));
  return `    '${path}') words='${words.map(({ word }) => word).join(' ')}' options='${flags.join(' ')}' ;;`;
};

const valueLines = ({ path, options }: Place): readonly string[] =>
  options.flatMap(({ short, long, values }) => {
    if (values === null) return [];
    const flags = [short, long].filter((flag) => flag !== null).map((flag) => `'${path}:${flag}'`);
    const reply = values === 'files' ? 'compgen -f' : `compgen -W '${values.join(' ')}'`;
    return [`    ${flags.join('|')}) COMPREPLY=($(${reply} -- "$current")); return ;;`];
  });
