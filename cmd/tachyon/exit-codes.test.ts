// Exit codes are an interface: the table of docs/cli.md says the same as the code, and every error has one.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, TachyonError } from '../../pkg/protocol/errors.ts';
import { EXIT, EXIT_TEXTS, exitCodeOf, isFinal } from './exit-codes.ts';
import { describeFailure, exitCodeOfError, FailureWithNextStep, UsageError } from './output/failure.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');

describe('exit codes', () => {
  it('are those of the table in docs/cli.md, with its words', () => {
    const rows = [...page.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, text]) => [Number(code), text]);
    expect(rows).toEqual(Object.entries(EXIT_TEXTS).map(([code, text]) => [Number(code), text]));
    expect(Object.keys(EXIT_TEXTS).map(Number)).toEqual(Object.values(EXIT));
  });

  it('are given to every error, and 0 to none', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      expect(EXIT_TEXTS[exitCodeOf(code)]).toBeDefined();
      expect(exitCodeOf(code)).not.toBe(EXIT.ok);
    }
  });

  it.each([
    ['UNROUTABLE', 1],
    ['DISK_FAILED', 1],
    ['INVALID_CONFIG', 2],
    ['BROKER_UNREACHABLE', 3],
    ['ADDRESS_IN_USE', 4],
    ['DATA_DIR_LOCKED', 4],
    ['CORRUPT_JOURNAL', 5],
    ['FORMAT_TOO_NEW', 5],
    ['INTERNAL', 70],
  ] as const)('of %s is %i', (code, expected) => {
    expect(exitCodeOfError(new TachyonError(code))).toBe(expected);
    expect(exitCodeOfError(new FailureWithNextStep(new TachyonError(code), 'next'))).toBe(expected);
  });

  it('of a mistake in the command line is 2, of what nobody foresaw 70', () => {
    expect(exitCodeOfError(new UsageError('x'))).toBe(EXIT.usage);
    expect(exitCodeOfError(new RangeError('x'))).toBe(EXIT.internal);
  });

  it('tell a supervisor when to give up: not after a crash', () => {
    expect([0, 1, 2, 3, 4, 5, 70, null].filter(isFinal)).toEqual([0, 2, 4, 5]);
  });
});

describe('a failure', () => {
  it('is told with code, sentence, detail and next step', () => {
    const text = describeFailure(new TachyonError('DATA_DIR_LOCKED', '/d: pid 7 has worked on it'));
    expect(text).toBe(
      `tachyon: DATA_DIR_LOCKED: ${ERRORS.DATA_DIR_LOCKED.sentence} /d: pid 7 has worked on it\n  next: use the broker that runs (tachyon status), or choose another folder with --data-dir`,
    );
  });

  it('says its sentence once, where there is no other detail', () => {
    const { sentence } = ERRORS.NOT_REGISTERED;
    expect(describeFailure(new TachyonError('NOT_REGISTERED', sentence))).toBe(`tachyon: NOT_REGISTERED: ${sentence}`);
  });

  it('that nobody foresaw keeps its stack', () => {
    expect(describeFailure(new RangeError('odd'))).toMatch(/INTERNAL[\s\S]*RangeError: odd\n {4}at /);
  });
});
