// Completion for fish: a line for each word and option, and a condition that knows where in the command tree one is.

import type { OptionChoice, Place } from './tree.ts';

export const fishScript = (
  places: readonly Place[],
): string => `# tachyon completion for fish: tachyon completion fish | source
function __tachyon_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at:$word"
            case ${places.flatMap(({ path, words }) => words.map(({ word }) => quoted(`${path}:${word}`))).join(' ')}
                set at (string trim -- "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
${places.flatMap(linesOf).join('\n')}
`;

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const linesOf = ({ path, words, options }: Place): readonly string[] => {
  const at = `complete -c tachyon -n ${quoted(`__tachyon_at ${quoted(path)}`)}`;
  return [
    ...words.map(({ word, text }) => `${at} -f -a ${quoted(word)} -d ${quoted(text)}`),
    ...options.map((option) => `${at} ${flagsOf(option)} -d ${quoted(option.text)}`),
  ];
};

function flagsOf({ short, long, values }: OptionChoice): string {
  const names = [
    ...(short === null ? [] : [`-s ${short.slice(1)}`]),
    ...(long === null ? [] : [`-l ${long.slice(2)}`]),
  ];
  if (values === 'files') names.push('-r -F');
  else if (values !== null) names.push(values.length === 0 ? '-x' : `-x -a ${quoted(values.join(' '))}`);
  return names.join(' ');
}
