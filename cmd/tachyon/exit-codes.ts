// The exit codes of every command, one table: scripts may rely on them, docs/cli.md prints it and a test compares the two.

import type { ErrorCode } from '../../pkg/protocol/errors.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  taken: 4,
  data: 5,
  internal: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code says, as documented. */
export const EXIT_TEXTS: Readonly<Record<ExitCode, string>> = {
  0: 'Done; or ended in order by a signal.',
  1: 'Failed, or refused by the broker, if only for one record of several; or a check failed. Of a broker: the journal failed, and nothing was confirmed after that.',
  2: 'The command line or a setting is wrong; nothing was opened.',
  3: 'The broker does not answer.',
  4: 'An address or the data folder is in use by another process.',
  5: 'The data folder cannot be used: damaged, written by a newer version, or not readable and writable.',
  70: 'A fault of the program itself: please report it.',
};

/** Codes that are not listed here are refusals: 1. */
const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  INVALID_CONFIG: EXIT.usage,
  INSECURE_BIND: EXIT.usage,
  SOCKET_PATH_TOO_LONG: EXIT.usage,
  BROKER_UNREACHABLE: EXIT.unreachable,
  TIMEOUT: EXIT.unreachable,
  ADDRESS_IN_USE: EXIT.taken,
  DATA_DIR_LOCKED: EXIT.taken,
  CORRUPT_JOURNAL: EXIT.data,
  FORMAT_TOO_NEW: EXIT.data,
  DATA_DIR_UNUSABLE: EXIT.data,
  FOLDER_NOT_EMPTY: EXIT.data,
  INTERNAL: EXIT.internal,
};

export const exitCodeOf = (code: ErrorCode): ExitCode => BY_CODE[code] ?? EXIT.failed;

/** Trying again cannot help: a supervisor gives up. */
export const isFinal = (exitCode: number | null): boolean =>
  exitCode === EXIT.ok || exitCode === EXIT.usage || exitCode === EXIT.taken || exitCode === EXIT.data;
