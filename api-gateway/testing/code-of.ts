// The code of what an act throws, for tests; `none` when it throws nothing.

import { TachyonError } from '../../pkg/protocol/errors.ts';

export function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof TachyonError) return error.code;
    throw error;
  }
  return 'none';
}
