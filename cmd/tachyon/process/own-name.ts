// How a person calls this command from where they are, for messages that print commands to be run as they stand.

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const ownName = (cwd: string = process.cwd(), script: string = process.argv[1] ?? 'tachyon'): string => {
  if (basename(script) === 'tachyon') return isLocal(cwd) ? 'npx tachyon' : 'tachyon';
  return isLocal(cwd) ? 'npx tachyon' : `node ${script}`;
};

/** True in a project that has the package, and in its own checkout. */
const isLocal = (cwd: string): boolean => {
  if (existsSync(join(cwd, 'node_modules/.bin/tachyon'))) return true;
  try {
    const manifest = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { readonly name?: unknown };
    return manifest.name === 'aetherbus-tachyon';
  } catch {
    return false;
  }
};
