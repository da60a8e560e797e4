// The broker's program as one script with V8's code cache beside it: a start then neither reads a dozen files nor
// compiles them. The build writes both (scripts/bundle.mjs), the cache under the tag of the V8 that made it: another
// version of node finds none and starts from the modules. Invariant: what is run is the same program either way.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

export interface BrokerProgram {
  run(words: readonly string[]): Promise<void>;
}

interface Module {
  readonly exports: unknown;
}

/** What the script gives: the program as node wraps a module, so that its text is compiled as it was read. */
type Wrapped = (exports: unknown, require: NodeJS.Require, module: Module, file: string, folder: string) => void;

/** Beside the executable. */
const SCRIPT = 'broker.cjs';

export const cacheOf = (script: string): string => `${script}.${cachedDataVersionTag().toString(16)}.cache`;

export function compile(file: string, cachedData: Buffer | undefined): Script {
  // The bundler writes ASCII alone.
  return new Script(readFileSync(file, 'latin1'), {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

export function evaluate(script: Script, file: string): BrokerProgram {
  const module: Module = { exports: {} };
  (script.runInThisContext() as Wrapped)(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports as BrokerProgram;
}

/** Null where there is none for this version of node, as in a run from the sources. */
export function compiledBroker(folder: string): BrokerProgram | null {
  const file = join(folder, SCRIPT);
  let cache: Buffer;
  try {
    cache = readFileSync(cacheOf(file));
  } catch {
    return null;
  }
  return evaluate(compile(file, cache), file);
}
