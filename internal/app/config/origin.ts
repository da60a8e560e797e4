// Where a value came from, and how a wrong one is reported: all problems at once, each with the name under which
// the person gave it.

import { inspect } from 'node:util';
import { type ErrorCode, TachyonError } from '../../../pkg/protocol/errors.ts';
import { invariant } from '../../domain/assert.ts';

export interface Origin {
  readonly from: 'default' | 'file' | 'env' | 'flag';
  /** `--router`, `ZMQ_BIND_ADDRESS`, `tachyon.yaml:12`; for a default the path of the setting. */
  readonly name: string;
}

export interface Problem {
  readonly code: ErrorCode;
  /** Whole sentence, beginning with the name of what is wrong. */
  readonly sentence: string;
}

/** How a setting is called in a message: the word that the person wrote, and the path where that word is not it. */
export const nameOf = (path: string, origin: Origin): string => {
  switch (origin.from) {
    case 'flag':
    case 'env':
      return origin.name;
    case 'file':
      return `${path} (${origin.name})`;
    case 'default':
      return `${path} (default)`;
  }
};

const SHOWN_CHARACTERS_MAX = 60;

/** A value as a message shows it: short, on one line, without control characters. */
export const shown = (value: unknown): string => {
  const text = inspect(value, {
    depth: 0,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: SHOWN_CHARACTERS_MAX,
    maxArrayLength: 3,
  });
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= 2 * SHOWN_CHARACTERS_MAX ? line : `${line.slice(0, 2 * SHOWN_CHARACTERS_MAX)}…`;
};

/** One error for all problems: their common code, or INVALID_CONFIG where they differ. */
export const refusalOf = (problems: readonly Problem[]): TachyonError => {
  const [first] = problems;
  invariant(first !== undefined, 'a refusal should have a problem');
  if (problems.length === 1) return new TachyonError(first.code, first.sentence);
  const sameCode = problems.every(({ code }) => code === first.code);
  const lines = problems.map(({ code, sentence }) => `\n  - ${sentence}${sameCode ? '' : ` [${code}]`}`);
  return new TachyonError(
    sameCode ? first.code : 'INVALID_CONFIG',
    `${problems.length} settings are refused:${lines.join('')}`,
  );
};
