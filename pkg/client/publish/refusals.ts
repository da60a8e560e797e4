// What the broker says against a message of a publish.

import { type ConfirmException, type ErrorCode, TachyonError } from '../../protocol/index.ts';

/** Refusals that are about the connection: the message itself is fine, and goes out again over the next one. */
export const RESENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DRAINING',
  'UNKNOWN_PRODUCER',
  'HELLO_REQUIRED',
  'SESSION_EXPIRED',
]);

export const errorIn = (exception: Extract<ConfirmException, { duplicate: false }>): TachyonError =>
  new TachyonError(
    exception.code,
    exception.detail,
    exception.retryAfterMs > 0 ? { retryAfterMs: exception.retryAfterMs } : {},
  );
