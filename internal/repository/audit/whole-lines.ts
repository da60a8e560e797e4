// The end of the audit log as a start finds it: whole lines, and behind them what a crash left of one.

import { type AuditLine, hashOf, readLine } from '../../../pkg/audit/index.ts';
import type { Disk, DiskFile } from '../../usecase/ports/disk.ts';

const NEWLINE = 10;
const decoder = new TextDecoder();

export interface WholeLines {
  readonly first: AuditLine | null;
  readonly last: AuditLine | null;
  /** Of all of them. */
  readonly bytes: number;
}

/**
 * The lines of a file up to the first that is torn, or does not follow the one before it: lines are synced in their order,
 * so that nothing behind it was ever answered for.
 */
export function wholeLines(file: DiskFile): WholeLines {
  const content = new Uint8Array(file.sizeSync());
  file.readSync(content, 0);
  let first: AuditLine | null = null;
  let last: AuditLine | null = null;
  let start = 0;
  for (let end = content.indexOf(NEWLINE); end >= 0; end = content.indexOf(NEWLINE, start)) {
    const line = readLine(decoder.decode(content.subarray(start, end)));
    if (line === null || hashOf(line, line.prev_hash) !== line.hash) break;
    if (last !== null && line.prev_hash !== last.hash) break;
    first ??= line;
    last = line;
    start = end + 1;
  }
  return { first, last, bytes: start };
}

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
