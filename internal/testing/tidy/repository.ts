// What the tidy tests look at: the files that belong to the repository, committed or about to be.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');

export interface RepositoryFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const BINARY = /\.(bin|segment|checkpoint|png|ico|gz|lz4)$/;

/** Every text file that git tracks or would add. A folder without git history is refused, not passed unseen. */
export function repositoryFiles(): readonly RepositoryFile[] {
  const flags = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const paths = execFileSync('git', flags, { cwd: root, encoding: 'utf8' }).split('\0');
  return paths
    .filter((path) => path !== '' && !BINARY.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Sources of the project, tests included. */
export function sourceFiles(): readonly RepositoryFile[] {
  return repositoryFiles().filter(({ path }) => /\.(ts|mjs)$/.test(path));
}
