// Whether the words of a command line mean the broker: it is what `tachyon` does without a command.

export const BY_DEFAULT = 'broker';

const OF_THE_PROGRAM: readonly string[] = ['-h', '--help', '-V', '--version'];

/** `tachyon --router …` means the broker; help and version are the program's own. */
const isBrokerFlag = (word: string): boolean => word.startsWith('-') && !OF_THE_PROGRAM.includes(word);

/** The words with the command that they leave out. */
export const wordsInFull = (words: readonly string[]): readonly string[] =>
  words[0] === undefined || isBrokerFlag(words[0]) ? [BY_DEFAULT, ...words] : words;

export const meansBroker = (words: readonly string[]): boolean => wordsInFull(words)[0] === BY_DEFAULT;
