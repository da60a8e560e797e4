// What went wrong, for people and on stderr: the code, its sentence, the detail, and what to do next.

import { ERRORS, type ErrorCode, TachyonError } from '../../../pkg/protocol/errors.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';

/** Next steps that do not hang on the detail. */
const NEXT_STEPS: Partial<Record<ErrorCode, string>> = {
  ADDRESS_IN_USE: 'stop that process, or choose other addresses with --router and --pub',
  DATA_DIR_LOCKED: 'use the broker that runs (tachyon status), or choose another folder with --data-dir',
  DATA_DIR_UNUSABLE: 'choose a folder that this user may write, with --data-dir or DATA_DIR',
  FOLDER_NOT_EMPTY:
    'name a folder that is not there, or is empty; after a restore start the broker on it with --data-dir',
  CORRUPT_JOURNAL: 'keep a copy of the data folder; docs/storage.md tells what the files hold',
  FORMAT_TOO_NEW: 'run the version that wrote the folder, or a newer one',
  DISK_FAILED: 'check the disk and its free space; a restart goes on with everything that was confirmed',
  INVALID_CONFIG: 'docs/configuration.md lists every setting',
  BROKER_UNREACHABLE: 'start one with: tachyon up; or name its data folder with --data-dir',
  QUEUE_NOT_FOUND: 'tachyon queues list shows the queues',
  QUEUE_NOT_EMPTY:
    'tachyon queues purge removes waiting messages; --force removes the queue with all it holds, dead letters too',
  QUEUE_IN_USE: 'stop its consumers; tachyon queues show lists them',
  ROUTE_NOT_FOUND: 'tachyon routes list shows the routes',
  CONSUMER_NOT_FOUND: 'tachyon sessions list shows the consumers',
  MESSAGE_NOT_FOUND:
    'ids are compared whole; of a position P that pub has printed, tachyon journal dump --from P --to P tells the message',
  CONFIRMATION_REQUIRED: 'say it with --confirm',
  DEAD_LETTER_NOT_FOUND: 'tachyon dlq list shows the dead letters',
  AMBIGUOUS_ID: 'name one of them with --queue or --sequence',
  SELECTOR_REQUIRED: 'name records with --ids or a filter such as --queue; a purge of all of them says --all',
  JOB_NOT_FOUND: 'tachyon jobs list shows the jobs',
  NOT_PINNED: 'do it again; while it runs the broker needs room for what it appends meanwhile',
  BACKUP_FAILED: 'name a place with room for a copy of the data folder, and do it again',
  AUDIT_UNAVAILABLE: 'tachyon audit status says why',
};

/** A mistake on the command line that the parser cannot see. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A failure for which a command knows the very words that help. */
export class FailureWithNextStep extends Error {
  override readonly name = 'FailureWithNextStep';
  readonly error: TachyonError;
  readonly next: string;

  constructor(error: TachyonError, next: string) {
    super(error.message, { cause: error });
    this.error = error;
    this.next = next;
  }
}

export const exitCodeOfError = (error: unknown): ExitCode => {
  if (error instanceof FailureWithNextStep) return exitCodeOf(error.error.code);
  if (error instanceof TachyonError) return exitCodeOf(error.code);
  return error instanceof UsageError ? EXIT.usage : EXIT.internal;
};

export const describeFailure = (error: unknown): string => {
  if (error instanceof FailureWithNextStep) return describeKnown(error.error, error.next);
  if (error instanceof TachyonError) return describeKnown(error, NEXT_STEPS[error.code]);
  if (error instanceof UsageError) return `tachyon: ${error.message}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `tachyon: INTERNAL: A fault of the program itself: please report it.\n${stack}`;
};

const describeKnown = ({ code, detail }: TachyonError, next: string | undefined): string => {
  const { sentence } = ERRORS[code];
  const said = detail === '' || detail === sentence ? sentence : `${sentence} ${detail}`;
  return `tachyon: ${code}: ${said}${next === undefined ? '' : `\n  next: ${next}`}`;
};
