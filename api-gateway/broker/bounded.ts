// Waiting with an end: what is not answered in time is TIMEOUT, whatever becomes of it later.

import { TachyonError } from '../../pkg/protocol/errors.ts';

/** The promise's own outcome, or TIMEOUT. A rejection that comes later is nobody's any more. */
export function bounded<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TachyonError('TIMEOUT', `${what}: no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
