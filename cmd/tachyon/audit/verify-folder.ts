// Verifies the audit log of a folder: the chain over all of its files, and every signed head that is known, from the
// folder and from elsewhere. Says where it stops being one log.

import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AuditFloor, type AuditHead, type AuditVerdict, verifyAudit } from '../../../pkg/audit/index.ts';
import { UsageError } from '../output/failure.ts';
import { LogFolder, marksIn } from './log-folder.ts';

export interface VerifyFolderOptions {
  readonly folder: string;
  /** Files with heads and floors that were kept elsewhere: what shows that a log was cut, or put back. */
  readonly headFiles: readonly string[];
  /** The key as somebody keeps it; that of the folder is only as good as the folder. */
  readonly keyFile: string | null;
}

export interface FolderVerdict extends Omit<AuditVerdict, 'fault'> {
  readonly fault: AuditVerdict['fault'] | 'unreadable_head' | 'unreadable_floor';
  /** Where the line with the fault stands; null where there is none. */
  readonly file: string | null;
  readonly line: number;
  /** The number of the last entry that a signed head covers; 0: none does. */
  readonly signed_through: number;
}

/** Faults that show at a line. */
const IN_LINE: ReadonlySet<string> = new Set(['unreadable_line', 'altered_line', 'missing_or_moved_line', 'replaced']);

/** Throws a UsageError for a folder, a file of heads or a key that cannot be read. */
export async function verifyFolder({ folder, headFiles, keyFile }: VerifyFolderOptions): Promise<FolderVerdict> {
  const log = given(folder, () => new LogFolder(folder));
  // A log that is gone altogether shows only by heads that were kept elsewhere.
  if (!log.isThere && headFiles.length === 0) throw new UsageError(`${folder} holds no audit log`);
  const marks = [...log.marks(), ...headFiles.flatMap((path) => given(`--head ${path}`, () => marksIn(path)))];
  const unread = marks.indexOf(null);
  if (unread >= 0) return unreadable('unreadable_head', `head ${unread + 1} is no signed head of an audit log`);
  const floor = log.floor();
  if (floor === 'unreadable') return unreadable('unreadable_floor', 'floor.json is no record of removed entries');
  const publicPem =
    keyFile === null ? log.publicPem() : given(`--public-key ${keyFile}`, () => readFileSync(keyFile, 'utf8'));
  if (publicPem !== null && !isPublicKey(publicPem)) {
    throw new UsageError(`${keyFile ?? `public-key.pem in ${folder}`} holds no public key`);
  }
  const heads = marks.filter((mark): mark is AuditHead => mark !== null && 'size' in mark);
  const keptFloors = marks.filter((mark): mark is AuditFloor => mark !== null && 'removed' in mark);
  const verdict = await verifyAudit(log.lines(), { heads, floor, keptFloors, publicPem });
  const place = verdict.fault !== null && IN_LINE.has(verdict.fault) ? log.place : null;
  // Of a sound log each head is met, so none reaches beyond its end.
  const signed = verdict.ok ? heads.reduce((most, { size }) => Math.max(most, size), 0) : 0;
  return { ...verdict, file: place?.file ?? null, line: place?.line ?? 0, signed_through: signed };
}

function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

function given<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}`);
  }
}

const unreadable = (fault: 'unreadable_head' | 'unreadable_floor', detail: string): FolderVerdict => ({
  ok: false,
  entries: 0,
  head: '',
  heads: 0,
  removed: 0,
  removal: '',
  heads_removed: 0,
  fault,
  at: 0,
  detail,
  file: null,
  line: 0,
  signed_through: 0,
});
