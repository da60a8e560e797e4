// Copies the audit log from beside the broker that appends to it: whole lines, up to the last one whose action stands in
// the journal that was copied. A line beyond would be taken, by a broker that starts on the copy, for one of its own
// actions at the same position; what is missing behind the copied checkpoint it adds from the journal. Of the signed heads
// only those that the copied lines reach, since a head beyond them says that lines were removed.
//
// Invariant: lines, heads and keys in this order, so that no head is copied without its key or its lines. The pin keeps
// floor and files as they are.

import { readHead, readLine } from '../../../pkg/audit/index.ts';
import type { Disk, DiskFile } from '../../usecase/ports/disk.ts';
import { firstsOf, nameOf } from '../audit/log-names.ts';
import { type Copied, sum } from './copy-journal.ts';
import { type CopiedFile, copied, openFile, readPiece } from './disk-steps.ts';

const HEADS = 'heads.jsonl';
/** What is replaced as a whole, or never written again. */
const WHOLE = /^(?:\d{20}\.jsonl\.cut|floor\.json|(?:public|signing)-key\.pem)$/;
const PIECE_BYTES = 256 * 1024;
/** Longer than any line. */
const LINE_BYTES_MAX = 1024 * 1024;
const NEWLINE = 10;
const decoder = new TextDecoder();

export async function copyAudit(from: Disk, to: Disk, position: number, signal: AbortSignal): Promise<Copied> {
  const parts: Copied[] = [];
  let entries = 0;
  let isCut = false;
  for (const first of firstsOf(from.listSync())) {
    // A file whose first line is beyond is not begun; one without a line has none to tell.
    if (isCut) break;
    const isWanted = (text: string): boolean => {
      const line = readLine(text);
      // What is no line any more is copied as it is: evidence is not for a backup to judge.
      if (line !== null && line.position > position) return false;
      entries = line?.number ?? entries;
      return true;
    };
    const part = await copyLines(from, to, nameOf(first), signal, isWanted);
    parts.push(part);
    isCut = part.isCut;
  }
  if (from.listSync().includes(HEADS)) {
    parts.push(await copyLines(from, to, HEADS, signal, (text) => (readHead(text)?.size ?? 0) <= entries));
  }
  for (const name of from.listSync().filter((one) => WHOLE.test(one))) {
    const source = await openFile(from, name);
    try {
      const bytes = await copied(to, name, signal, (target) => target.copy(source, source.sizeSync()));
      parts.push({ files: 1, bytes });
    } finally {
      source.close();
    }
  }
  return sum(parts);
}

/** Whole lines up to the first that is not wanted; a file of which none is makes none. */
async function copyLines(
  from: Disk,
  to: Disk,
  name: string,
  signal: AbortSignal,
  isWanted: (line: string) => boolean,
): Promise<Copied & { readonly isCut: boolean }> {
  const source = await openFile(from, name);
  try {
    const lines = wantedLines(source, isWanted);
    const first = await lines.next();
    if (first.done === true) return { files: 0, bytes: 0, isCut: first.value };
    let isCut = false;
    const bytes = await copied(to, name, signal, async (target: CopiedFile) => {
      await target.write(first.value);
      for (let next = await lines.next(); ; next = await lines.next()) {
        if (next.done === true) {
          isCut = next.value;
          return;
        }
        await target.write(next.value);
      }
    });
    return { files: 1, bytes, isCut };
  } finally {
    source.close();
  }
}

/** Pieces of whole lines; ends with whether a line was not wanted. What is behind the last newline is being written. */
async function* wantedLines(file: DiskFile, isWanted: (line: string) => boolean): AsyncGenerator<Uint8Array, boolean> {
  let buffer = new Uint8Array(PIECE_BYTES);
  for (let at = 0; ; ) {
    const piece = buffer.subarray(0, await readPiece(file, buffer, at));
    const whole = piece.lastIndexOf(NEWLINE) + 1;
    if (whole === 0) {
      if (piece.length < buffer.length || buffer.length >= LINE_BYTES_MAX) return false;
      buffer = new Uint8Array(Math.min(LINE_BYTES_MAX, buffer.length * 2));
      continue;
    }
    let wanted = 0;
    while (wanted < whole) {
      const end = piece.indexOf(NEWLINE, wanted);
      if (!isWanted(decoder.decode(piece.subarray(wanted, end)))) break;
      wanted = end + 1;
    }
    if (wanted > 0) yield piece.subarray(0, wanted);
    if (wanted < whole) return true;
    at += whole;
  }
}
