// The end of the audit log as a start finds it: whole lines, and behind them what a crash left of one.
//
// Invariant: what a signed head covers was synced, so no crash has left it otherwise than it was written. It is never cut
// off; where it is not as written, somebody was at it, and the whole file stays as it is for whoever looks into it.

import { type AuditHead, type AuditLine, isAsWritten, readLine, textOf } from '../../../pkg/audit/index.ts';
import type { Disk, DiskFile } from '../../usecase/ports/disk.ts';

const NEWLINE = 10;

export interface WholeLines {
  readonly first: AuditLine | null;
  /** What the next line follows. */
  readonly last: AuditLine | null;
  /** The last one that is as it was written: only that is believed about its place in the journal. */
  readonly lastSound: AuditLine | null;
  /** Of all of them. */
  readonly bytes: number;
  /** The first entry under the signed head that is not as it was written; null: all are. */
  readonly altered: number | null;
}

/**
 * The lines of a file up to the first that is torn, or does not follow the one before it: lines are synced in their order,
 * so that nothing behind it was ever answered for. `next`: the number of its first line; `signed`: the last signed head.
 */
export function wholeLines(file: DiskFile, next: number, signed: AuditHead | null): WholeLines {
  const content = new Uint8Array(file.sizeSync());
  file.readSync(content, 0);
  let first: AuditLine | null = null;
  let last: AuditLine | null = null;
  let lastSound: AuditLine | null = null;
  let altered: number | null = null;
  let start = 0;
  for (let end = content.indexOf(NEWLINE); end >= 0; end = content.indexOf(NEWLINE, start)) {
    const text = textOf(content.subarray(start, end)) ?? '';
    const line = readLine(text);
    const number: number = last === null ? next : last.number + 1;
    const isNext = line !== null && line.number === number && (last === null || line.prev_hash === last.hash);
    const isSound = isNext && isAsWritten(text, line) && isSigned(line, signed);
    const size = signed?.size ?? 0;
    if (!isSound && number > size && altered === null) break;
    if (!isSound) altered ??= number;
    start = end + 1;
    // Where lines were lost or made one the next that can be is gone on from; any other number may be made up.
    const isHere = line !== null && (line.number === number || (line.number > number && line.number <= size));
    if (!isHere) continue;
    first ??= line;
    last = line;
    if (isSound) lastSound = line;
  }
  return { first, last, lastSound, bytes: start, altered };
}

const isSigned = (line: AuditLine, signed: AuditHead | null): boolean =>
  signed === null || signed.size !== line.number || signed.head === line.hash;

/** What a crash left behind the last whole line was promised to nobody. It is kept all the same, beside the log. */
export function cutBehind(disk: Disk, file: DiskFile, bytes: number): void {
  const rest = new Uint8Array(file.sizeSync() - bytes);
  if (rest.length === 0) return;
  file.readSync(rest, bytes);
  if (rest.some((byte) => byte !== 0)) {
    const name = `${file.name}.cut`;
    if (disk.listSync().includes(name)) disk.removeSync(name);
    const kept = disk.createSync(name);
    kept.writeSync(rest, 0);
    kept.syncSync();
    kept.close();
  }
  file.truncateSync(bytes);
}
