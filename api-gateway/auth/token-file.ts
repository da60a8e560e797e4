// Named tokens in the data folder: `gateway-tokens.json`, mode 0600. Only hashes are kept. A token is 256 random bits,
// so nobody can try them all and a plain SHA-256 is as good as a slow hash, which would only let strangers burn the
// processor. Invariant: the file is replaced whole and synced, and one change is made at a time.

import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { ROLES, type Role } from './role.ts';

const FILE_NAME = 'gateway-tokens.json';
const TOKENS_MAX = 1_000;
const SECRET_BYTES = 32;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
/** Names that the gateway itself acts under. */
const RESERVED = new Set(['admin-token', 'local', 'api_gateway']);

const tokenEntry = z.strictObject({
  name: z.string().regex(NAME),
  role: z.enum(ROLES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: z.string(),
});
const tokenFile = z.strictObject({ version: z.literal(1), tokens: z.array(tokenEntry).max(TOKENS_MAX) });

export type TokenEntry = z.output<typeof tokenEntry>;

export const tokenFilePath = (dataFolder: string): string => join(dataFolder, FILE_NAME);

export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** A fresh token: recognisable in a text, and safe in a header and a shell. */
export const freshToken = (): string => `tgw_${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** Changes whenever the file does; null when there is none. Cheap enough for every request. */
export function versionOfTokenFile(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.ino}:${stats.mtimeMs}:${stats.size}`;
}

/** No file is no token. Throws INVALID_CONFIG with what is wrong in it. */
export function readTokens(path: string): readonly TokenEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new TachyonError('INVALID_CONFIG', `${path} cannot be read`, { cause });
  }
  const parsed = tokenFile.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data.tokens;
  const [issue] = parsed.error.issues;
  throw new TachyonError('INVALID_CONFIG', `${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

/** Adds a token and gives its text, which is kept nowhere else. */
export function addToken(path: string, name: string, role: Role, now: Date): string {
  if (!NAME.test(name) || RESERVED.has(name)) {
    throw new TachyonError('INVALID_ARGUMENT', `"${name}" cannot name a token: letters, digits, . _ @ -, at most 64`);
  }
  const token = freshToken();
  change(path, (tokens) => {
    if (tokens.some((entry) => entry.name === name)) {
      throw new TachyonError('INVALID_ARGUMENT', `a token is named "${name}": remove it first`);
    }
    if (tokens.length >= TOKENS_MAX)
      throw new TachyonError('INVALID_ARGUMENT', `there are ${TOKENS_MAX} tokens already`);
    return [...tokens, { name, role, sha256: hashOfToken(token).toString('hex'), created_at: now.toISOString() }];
  });
  return token;
}

export function removeToken(path: string, name: string): void {
  change(path, (tokens) => {
    const left = tokens.filter((entry) => entry.name !== name);
    if (left.length === tokens.length) throw new TachyonError('INVALID_ARGUMENT', `no token is named "${name}"`);
    return left;
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no JSON: refused as a file of another shape
  }
}

/** The new file is the lock too: it can be made once, and renaming it ends the change. */
function change(path: string, edit: (tokens: readonly TokenEntry[]) => readonly TokenEntry[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.new`;
  const file = openNew(next);
  try {
    const tokens = edit(readTokens(path));
    writeSync(file, `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`);
    fsyncSync(file);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  syncFolder(dirname(path));
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    const taken = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const why = taken ? 'another change is under way, or was cut short: then remove this file' : 'it cannot be written';
    throw new TachyonError('DATA_DIR_UNUSABLE', `${path}: ${why}`, { cause });
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
