// Names of the files of the audit log: the number of a file's first line, in 20 digits.

const NAME = /^(\d{20})\.jsonl$/;

export const nameOf = (first: number): string => `${String(first).padStart(20, '0')}.jsonl`;

/** Numbers of the first lines, rising. */
export const firstsOf = (names: readonly string[]): number[] =>
  names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
