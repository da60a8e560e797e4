// Goes through a closed file of the audit log before it is removed: evidence that somebody was at it is not thrown away.
// It is read in pieces, between which the broker works.

import { isAsWritten, readLine, textOf } from '../../../pkg/audit/index.ts';
import type { Disk, DiskFile } from '../../usecase/ports/disk.ts';

const PIECE_BYTES = 128 * 1024;
/** Longer than any line. */
const LINE_BYTES_MAX = 1024 * 1024;
const NEWLINE = 10;

/** Where a chain has come to. */
export interface ChainEnd {
  readonly number: number;
  readonly hash: string;
}

type Checked = (error: Error | null, end: ChainEnd | null) => void;

/** Calls back with the end of the file's chain; null where it does not follow `from`, or is not as it was written. */
export function checkFile(disk: Disk, name: string, from: ChainEnd, done: Checked): void {
  disk.open(name, 'read', (error, file) => {
    if (file === null) return done(error, null);
    const finish: Checked = (walkError, end) => {
      file.close();
      done(walkError, end);
    };
    let size: number;
    try {
      size = file.sizeSync();
    } catch (sizeError) {
      return finish(sizeError as Error, null);
    }
    walk({ file, size }, 0, from, finish);
  });
}

interface Sized {
  readonly file: DiskFile;
  readonly size: number;
}

function walk(sized: Sized, at: number, from: ChainEnd, done: Checked): void {
  const left = sized.size - at;
  if (left === 0) return done(null, from);
  read(sized, at, Math.min(left, PIECE_BYTES), (error, piece) => {
    if (error !== null) return done(error, null);
    const bytes = piece.lastIndexOf(NEWLINE) + 1;
    const end = bytes === 0 ? null : linked(textOf(piece.subarray(0, bytes - 1)) ?? '', from);
    if (end === null) return done(null, null);
    walk(sized, at + bytes, end, done);
  });
}

/** A piece with a whole line in it, if there is one. */
function read(sized: Sized, at: number, bytes: number, done: (error: Error | null, piece: Uint8Array) => void): void {
  const { file, size } = sized;
  const piece = new Uint8Array(bytes);
  file.read(piece, at, (error, count) => {
    const isCut = error === null && !piece.includes(NEWLINE) && count === bytes && bytes < LINE_BYTES_MAX;
    if (isCut && at + bytes < size) return read(sized, at, Math.min(bytes * 2, size - at), done);
    done(error, piece.subarray(0, count));
  });
}

function linked(lines: string, from: ChainEnd): ChainEnd | null {
  let { number, hash } = from;
  for (const text of lines.split('\n')) {
    const line = readLine(text);
    if (line === null || line.number !== number + 1 || line.prev_hash !== hash) return null;
    if (!isAsWritten(text, line)) return null;
    ({ number, hash } = line);
  }
  return { number, hash };
}
