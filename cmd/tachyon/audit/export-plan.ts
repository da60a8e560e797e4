// What an export would write, and whether it may: judged by reading the log and the folder, before anything is written.
//
// Invariant: what is planned continues what the folder holds, entry by entry, and verifies together with it. A folder that
// holds nothing of a log takes any, sound or not: a copy of evidence is no judgement of it.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AuditFloor, type AuditHead, type AuditLine, readLine, verifyAudit } from '../../../pkg/audit/index.ts';
import { UsageError } from '../output/failure.ts';
import { LogFolder, linesOf, type Mark, ownFloor, ownHeads } from './log-folder.ts';

const KEY_FILE = 'public-key.pem';
const HEADS_FILE = 'heads.jsonl';
const FLOOR_FILE = 'floor.json';
const NEWLINE = 0x0a;

export interface ExportFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface ExportPlan {
  /** Files of lines, the oldest first, each with how much of it is copied. */
  readonly lines: readonly { readonly name: string; readonly bytes: number }[];
  readonly key: ExportFile | null;
  readonly heads: ExportFile | null;
  readonly floor: ExportFile | null;
}

/** Retention removed something between the look at its record and the look at the files. */
export class MovedMeanwhile extends Error {}

/** Throws a UsageError where there is no log, or the folder holds what it does not continue. */
export async function planExport(from: string, to: string): Promise<ExportPlan> {
  const log = logOf(from);
  if (!existsSync(to)) return log.plan;
  const there = new LogFolder(to);
  const publicPem = there.publicPem();
  if (log.publicPem !== null && publicPem !== null && publicPem !== log.publicPem) {
    throw refusal(`${join(to, KEY_FILE)} is the key of another log`);
  }
  if (!there.isThere) return log.plan;
  const both = { log, there, from, to };
  for (const { name, bytes } of log.plan.lines) {
    if (there.files.includes(name)) checkBegins(join(from, name), bytes, join(to, name));
  }
  checkFollows(both);
  await checkVerifies(both);
  return { ...log.plan, heads: mergedHeads([...there.marks(), ...log.heads]) };
}

const refusal = (fault: string): UsageError =>
  new UsageError(`${fault}: nothing was written; verify both, and export to another folder`);

function fileOf(folder: string, name: string): ExportFile | null {
  const path = join(folder, name);
  return existsSync(path) ? { name, bytes: readFileSync(path) } : null;
}

/** The log as it is copied, while a broker may be at it. */
interface Log {
  readonly plan: ExportPlan;
  readonly names: readonly string[];
  readonly heads: readonly Mark[];
  readonly floor: AuditFloor | 'unreadable' | null;
  readonly publicPem: string | null;
}

function logOf(from: string): Log {
  // What was signed before a line was looked at is met by it.
  const [key, heads, floor] = [fileOf(from, KEY_FILE), fileOf(from, HEADS_FILE), fileOf(from, FLOOR_FILE)];
  const names = namesOf(from);
  const lines = names.map((name) => ({ name, bytes: bytesOf(join(from, name), name === names.at(-1)) }));
  if (fileOf(from, FLOOR_FILE)?.bytes.toString() !== floor?.bytes.toString())
    throw new MovedMeanwhile(`${from} loses entries faster than it is read`);
  return {
    plan: { lines, key, heads, floor },
    names,
    heads: heads === null ? [] : ownHeads(heads.bytes.toString()),
    floor: floor === null ? null : ownFloor(floor.bytes.toString()),
    publicPem: key?.bytes.toString() ?? null,
  };
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

/** What stands behind the last end of line of the last file is being written. */
const bytesOf = (path: string, isLast: boolean): number =>
  isLast ? readFileSync(path).lastIndexOf(NEWLINE) + 1 : statSync(path).size;

function checkBegins(path: string, bytes: number, copy: string): void {
  const there = readFileSync(copy);
  const isBegin = there.length <= bytes && there.equals(readFileSync(path).subarray(0, there.length));
  if (!isBegin) throw refusal(`${copy} is not the beginning of the log's ${path}`);
}

interface Both {
  readonly log: Log;
  readonly there: LogFolder;
  readonly from: string;
  readonly to: string;
}

/** That the log's first entry is in the folder, or follows its last one. */
function checkFollows({ from, to, log, there }: Both): void {
  const [begin = ''] = log.names;
  const beyond = there.files.find((name) => name > begin && !log.names.includes(name));
  if (beyond !== undefined) throw refusal(`${join(to, beyond)} is no file of the log`);
  const newest = there.files.at(-1);
  if (newest === undefined || there.files.includes(begin)) return;
  const last = entryAt(join(to, newest), 'last');
  const next = entryAt(join(from, begin), 'first');
  if (last === null || next === null)
    throw refusal(`${last === null ? to : from} begins or ends with what is no entry`);
  if (next.number > last.number + 1) throw gap(to, last.number + 1, next.number - 1, log.floor);
  if (next.number <= last.number || next.prev_hash !== last.hash) {
    throw refusal(`entry ${next.number} of the log does not follow entry ${last.number} of ${to}`);
  }
}

function gap(to: string, from: number, through: number, floor: Log['floor']): UsageError {
  const removed = floor === null || floor === 'unreadable' ? '' : ` by ${floor.reason} on ${floor.at}`;
  return new UsageError(
    `entries ${from} to ${through} were removed${removed} before they were exported: nothing was written, and ${to} is as it was; export to a new folder, and more often than the bounds are met`,
  );
}

function entryAt(path: string, which: 'first' | 'last'): AuditLine | null {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return readLine(lines.at(which === 'first' ? 0 : -1) ?? '');
}

/** Of both, so that those of entries that retention has removed since are kept with them. */
function mergedHeads(marks: readonly Mark[]): ExportFile | null {
  const heads = marks.filter((mark): mark is AuditHead => mark !== null && 'size' in mark);
  if (heads.length === 0) return null;
  const lines = heads.sort((a, b) => a.size - b.size).map((head) => `${JSON.stringify(head)}\n`);
  return { name: HEADS_FILE, bytes: Buffer.from([...new Set(lines)].join('')) };
}

/** What an export has added to it can never be told from it again: so it is sound beforehand. */
async function checkVerifies({ log, there, from, to }: Both): Promise<void> {
  const marks = [...there.marks(), ...log.heads];
  const heads = marks.filter((mark): mark is AuditHead => mark !== null && 'size' in mark);
  if (heads.length < marks.length) throw refusal(`${HEADS_FILE} of ${from} or ${to} has a line that is no signed head`);
  const { floor } = log;
  const earlier = there.floor();
  if (floor === 'unreadable' || earlier === 'unreadable') {
    throw refusal(`${FLOOR_FILE} of ${floor === 'unreadable' ? from : to} is no record of removed entries`);
  }
  async function* lines(): AsyncGenerator<string> {
    for (const name of there.files) if (!log.names.includes(name)) yield* linesOf(join(to, name), false);
    for (const { name, bytes } of log.plan.lines) yield* linesOf(join(from, name), name === log.names.at(-1), bytes);
  }
  const keptFloors = earlier === null ? [] : [earlier];
  const publicPem = log.publicPem ?? there.publicPem();
  const verdict = await verifyAudit(lines(), { heads, floor, keptFloors, publicPem });
  if (!verdict.ok) throw refusal(`what ${to} would hold does not verify: ${verdict.detail}`);
}
