// The native binding of libzmq, loaded with the first socket that asks for it: a program that connects by the built-in
// ZMTP engine does without, also where the binding cannot be installed.

import { createRequire } from 'node:module';
import type * as Libzmq from 'zeromq';
import { TachyonError } from '../../protocol/index.ts';

const require = createRequire(import.meta.url);
let loaded: typeof Libzmq | null = null;

/** Throws NOT_SUPPORTED where the binding is not installed, or not for this system. */
export function libzmq(): typeof Libzmq {
  try {
    loaded ??= require('zeromq') as typeof Libzmq;
  } catch (cause) {
    throw new TachyonError('NOT_SUPPORTED', 'transport libzmq needs the package zeromq, which cannot be loaded', {
      cause,
    });
  }
  return loaded;
}
