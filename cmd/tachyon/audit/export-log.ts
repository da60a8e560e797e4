// Copies the audit log to a folder of its own, where it verifies as it does at home: lines, signed heads, the record of
// what retention removed, and the public key; never the key that signs. Done again into the same folder it adds what is
// new, so that an export holds what retention has removed since.
//
// Invariant: what an export holds is only ever added to, and only when all that is to be added was judged (export-plan.ts).
// Lines come before the heads that speak of them, and those before the record of removal that they cover: an export that
// verified does so again after each file, wherever this is cut, and the next one completes it.

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type ExportFile, type ExportPlan, MovedMeanwhile, planExport } from './export-plan.ts';
import { type FolderVerdict, verifyFolder } from './verify-folder.ts';

/** A broker may remove an old file between the look and the copy: then it is looked again. */
const TRIES = 5;
/** What an export that was cut left of a file. */
const LEFT = /^(\d{20}\.jsonl|heads\.jsonl|floor\.json|public-key\.pem)\.tmp$/;

export interface ExportReport extends FolderVerdict {
  readonly exported_to: string;
  readonly files: number;
}

/** Throws a UsageError where there is no log, or the folder holds what it does not continue. */
export async function exportLog(from: string, to: string): Promise<ExportReport> {
  for (let tries = 1; ; tries += 1) {
    try {
      const plan = await planExport(from, to);
      for (const _name of writing(plan, from, to));
      const verdict = await verifyFolder({ folder: to, headFiles: [], keyFile: null });
      return { exported_to: to, files: plan.lines.length, ...verdict };
    } catch (error) {
      const isMoved = error instanceof MovedMeanwhile || (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isMoved || tries === TRIES) throw error;
    }
  }
}

/** Writes what was planned, and gives the name of each file when it is on disk. */
export function* writing({ lines, key, heads, floor }: ExportPlan, from: string, to: string): Generator<string> {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(to)) if (LEFT.test(name)) rmSync(join(to, name));
  if (key !== null) yield* put(to, key);
  for (const { name, bytes } of lines) {
    yield* put(to, { name, bytes: readFileSync(join(from, name)).subarray(0, bytes) });
  }
  for (const mark of [heads, floor]) if (mark !== null) yield* put(to, mark);
}

function* put(to: string, { name, bytes }: ExportFile): Generator<string> {
  const path = join(to, name);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  const next = `${path}.tmp`;
  const file = openSync(next, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  syncFolder(to);
  yield name;
}

/** Of two names that a power loss finds unsynced the later may be the one that stays. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
