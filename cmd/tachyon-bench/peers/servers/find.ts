// Which servers there are, and of which version.

import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const ASK_WITHIN_MS = 30_000;

/** Debian keeps servers out of a user's PATH. */
const ALSO = ['/usr/local/sbin', '/usr/sbin'];

/** The whole path of a program, or null. */
export function findProgram(name: string, path: string = process.env['PATH'] ?? ''): string | null {
  for (const folder of [...path.split(delimiter), ...ALSO]) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not there: look further.
    }
  }
  return null;
}

/** The first version number that the program prints about itself; `unknown` when it prints none. */
export async function askVersion(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { timeout: ASK_WITHIN_MS, env: { ...process.env, ...env } };
  const text = await promisify(execFile)(command, args, options).then(
    ({ stdout, stderr }) => stdout + stderr,
    // Some print their help and end with an error.
    (error: { readonly stdout?: string; readonly stderr?: string }) => `${error.stdout ?? ''}${error.stderr ?? ''}`,
  );
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? 'unknown';
}

/** True when `version` is `least` or later, by its numbers. */
export function isAtLeast(version: string, least: string): boolean {
  const given = version.split('.').map(Number);
  const wanted = least.split('.').map(Number);
  for (let i = 0; i < wanted.length; i += 1) {
    const difference = (given[i] ?? 0) - wanted[i]!;
    if (Number.isNaN(difference)) return false;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
