// Copies the audit log to a folder of its own, where it verifies as it does at home: lines, signed heads, the record of
// what retention removed, and the public key; never the key that signs. Done again into the same folder it adds what is
// new, so that an export holds what retention has removed since.
//
// Invariant: what an export holds is only ever added to. Where the log is not its continuation, nothing is copied.

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../output/failure.ts';
import { LogFolder } from './log-folder.ts';
import { type FolderVerdict, verifyFolder } from './verify-folder.ts';

/** A broker may remove an old file between the look and the copy: then it is looked again. */
const TRIES = 5;
const NEWLINE = 0x0a;
const OTHERS = ['public-key.pem', 'floor.json', 'heads.jsonl'];

export interface ExportReport extends FolderVerdict {
  readonly exported_to: string;
  readonly files: number;
}

/** Throws a UsageError where there is no log, or the folder holds another one. */
export async function exportLog(from: string, to: string): Promise<ExportReport> {
  for (let tries = 1; ; tries += 1) {
    try {
      const files = copy(from, to);
      const verdict = await verifyFolder({ folder: to, headFiles: [], keyFile: null });
      return { exported_to: to, files, ...verdict };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === TRIES) throw error;
    }
  }
}

function copy(from: string, to: string): number {
  // What was signed before a line was copied is met by it.
  const others = OTHERS.filter((name) => existsSync(join(from, name))).map(
    (name) => [name, readFileSync(join(from, name))] as const,
  );
  const names = namesOf(from);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const [name, bytes] of others) if (name === 'public-key.pem') put(to, name, bytes, keyFault(to, name, bytes));
  for (const name of names) {
    const bytes = wholeLines(readFileSync(join(from, name)));
    put(to, name, bytes, prefixFault(to, name, bytes));
  }
  for (const [name, bytes] of others) if (name !== 'public-key.pem') put(to, name, bytes, null);
  return names.length;
}

function namesOf(from: string): readonly string[] {
  try {
    const { files } = new LogFolder(from);
    if (files.length > 0) return files;
  } catch (error) {
    throw new UsageError(`${from} cannot be read: ${(error as Error).message}`);
  }
  throw new UsageError(`${from} holds no audit log`);
}

/** What stands behind the last end of line is being written. */
const wholeLines = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);

function prefixFault(to: string, name: string, bytes: Buffer): string | null {
  const path = join(to, name);
  if (!existsSync(path)) return null;
  const there = readFileSync(path);
  const isPrefix = there.length <= bytes.length && there.equals(bytes.subarray(0, there.length));
  return isPrefix ? null : `${path} is not the beginning of the log's ${name}`;
}

function keyFault(to: string, name: string, bytes: Buffer): string | null {
  const path = join(to, name);
  return !existsSync(path) || readFileSync(path).equals(bytes) ? null : `${path} is the key of another log`;
}

function put(to: string, name: string, bytes: Buffer, fault: string | null): void {
  if (fault !== null)
    throw new UsageError(`${fault}: nothing of it was replaced; verify both, and export to another folder`);
  const path = join(to, name);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  const next = `${path}.tmp`;
  const file = openSync(next, 'w', 0o600);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
}
