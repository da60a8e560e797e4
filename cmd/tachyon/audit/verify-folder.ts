// Verifies the audit log of a folder: the chain over all of its files, and every signed head that is known, from the
// folder and from elsewhere. Says where it stops being one log.

import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AuditHead, type AuditVerdict, verifyAudit } from '../../../pkg/audit/index.ts';
import { UsageError } from '../output/failure.ts';
import { headsIn, LogFolder } from './log-folder.ts';

export interface VerifyFolderOptions {
  readonly folder: string;
  /** Files with heads that were kept elsewhere: what shows that a log was cut, or put back. */
  readonly headFiles: readonly string[];
  /** The key as somebody keeps it; that of the folder is only as good as the folder. */
  readonly keyFile: string | null;
}

export interface FolderVerdict extends Omit<AuditVerdict, 'fault'> {
  readonly fault: AuditVerdict['fault'] | 'unreadable_head';
  /** Where the line with the fault stands; null where there is none. */
  readonly file: string | null;
  readonly line: number;
}

/** Throws a UsageError for a folder, a file of heads or a key that cannot be read. */
export async function verifyFolder({ folder, headFiles, keyFile }: VerifyFolderOptions): Promise<FolderVerdict> {
  const log = given(folder, () => new LogFolder(folder));
  // A log that is gone altogether shows only by heads that were kept elsewhere.
  if (!log.isThere && headFiles.length === 0) throw new UsageError(`${folder} holds no audit log`);
  const elsewhere = headFiles.flatMap((path) => given(`--head ${path}`, () => headsIn(path)));
  const heads = [...log.heads(), ...elsewhere];
  const sound = heads.filter((head): head is AuditHead => head !== null);
  if (sound.length < heads.length) return unreadableHead(heads.indexOf(null) + 1);
  const publicPem =
    keyFile === null ? log.publicPem() : given(`--public-key ${keyFile}`, () => readFileSync(keyFile, 'utf8'));
  if (publicPem !== null && !isPublicKey(publicPem)) {
    throw new UsageError(`${keyFile ?? `public-key.pem in ${folder}`} holds no public key`);
  }
  const verdict = await verifyAudit(log.lines(), { heads: sound, publicPem });
  const isInLine = verdict.fault !== null && verdict.fault !== 'bad_signature' && verdict.fault !== 'truncated';
  const place = isInLine ? log.place : null;
  return { ...verdict, file: place?.file ?? null, line: place?.line ?? 0 };
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

const unreadableHead = (number: number): FolderVerdict => ({
  ok: false,
  entries: 0,
  head: '',
  heads: 0,
  fault: 'unreadable_head',
  at: 0,
  detail: `head ${number} is no signed head of an audit log`,
  file: null,
  line: 0,
});
