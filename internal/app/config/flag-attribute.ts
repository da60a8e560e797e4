// How commander calls a long option among a command's options: `data-dir` is `dataDir`.

export const flagAttribute = (flag: string): string =>
  flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
