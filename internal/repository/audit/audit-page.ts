// A page of the audit log, read from its files from some number on. The numbers rise, so that the place is found by
// halving. One call looks at a bounded piece of the log: a search over a long one is many short calls, each saying where
// the next goes on.

import { type AuditLine, readLine } from '../../../pkg/audit/index.ts';
import type { AuditPage, AuditQuery } from '../../usecase/ports/audit-store.ts';
import type { Disk, DiskFile } from '../../usecase/ports/disk.ts';
import { isMeant } from './audit-fields.ts';

/** Longer than any line. */
const CHUNK_BYTES = 512 * 1024;
/** What one call looks at. */
const LOOK_BYTES = 4 * 1024 * 1024;
/** What one page gives back at most, a single longer line excepted. */
const PAGE_BYTES = 128 * 1024;
const NEWLINE = 10;
const NOTHING: AuditPage = { items: [], next: null };
const decoder = new TextDecoder();

export interface AuditFiles {
  readonly disk: Disk;
  /** Numbers of the first lines, rising. */
  readonly firsts: readonly number[];
  readonly nameOf: (first: number) => string;
  /** Lines of the whole log. */
  readonly entries: number;
}

type PageDone = (error: Error | null, page: AuditPage) => void;

export function pageOf(files: AuditFiles, query: AuditQuery, done: PageDone): void {
  const { disk, firsts, nameOf, entries } = files;
  const first = Math.max(query.after + 1, firsts[0] ?? 0);
  const at = firsts.findLastIndex((start) => start <= first);
  const start = firsts[at];
  if (start === undefined || first > entries) return done(null, NOTHING);
  disk.open(nameOf(start), 'read', (openError, file) => {
    if (file === null) return done(openError, NOTHING);
    const end = (firsts[at + 1] ?? entries + 1) - 1;
    const finish = (error: Error | null, items: readonly AuditLine[], last: number): void => {
      file.close();
      done(error, error === null ? { items, next: last < entries ? last : null } : NOTHING);
    };
    seek(file, query.after, 0, file.sizeSync(), (error, offset) => {
      if (error !== null) return finish(error, [], 0);
      read(file, offset, query, end, finish);
    });
  });
}

/** An offset at or before the first line above `after`, and not far before it, at the beginning of a line. */
function seek(
  file: DiskFile,
  after: number,
  low: number,
  high: number,
  done: (error: Error | null, offset: number) => void,
): void {
  if (high - low <= CHUNK_BYTES * 2) return done(null, low);
  const middle = low + Math.floor((high - low) / 2);
  const chunk = new Uint8Array(CHUNK_BYTES);
  file.read(chunk, middle, (error, count) => {
    if (error !== null) return done(error, 0);
    const begins = chunk.indexOf(NEWLINE) + 1;
    const ends = chunk.subarray(0, count).indexOf(NEWLINE, begins);
    const line = ends < 0 ? null : readLine(decoder.decode(chunk.subarray(begins, ends)));
    if (line !== null && line.number <= after) return seek(file, after, middle + begins, high, done);
    seek(file, after, low, middle, done);
  });
}

/** Lines from `offset` on, until the page, the call or the file is full. `end`: the last number of the file. */
function read(
  file: DiskFile,
  offset: number,
  query: AuditQuery,
  end: number,
  finish: (error: Error | null, items: readonly AuditLine[], last: number) => void,
): void {
  const items: AuditLine[] = [];
  let given = 0;
  let last = query.after;
  const size = file.sizeSync();
  const step = (at: number): void => {
    if (at >= size) return finish(null, items, end);
    if (at - offset >= LOOK_BYTES) return finish(null, items, last);
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, size - at));
    file.read(chunk, at, (error, count) => {
      if (error !== null) return finish(error, [], 0);
      const bytes = chunk.subarray(0, count).lastIndexOf(NEWLINE) + 1;
      // A line is being appended behind the last one that counts.
      if (bytes === 0) return finish(null, items, end);
      for (const text of decoder.decode(chunk.subarray(0, bytes - 1)).split('\n')) {
        const line = readLine(text);
        if (line === null) continue;
        if (isMeant(line, query)) {
          given += text.length;
          if (items.length >= query.limit || (items.length > 0 && given > PAGE_BYTES)) return finish(null, items, last);
          items.push(line);
        }
        last = Math.max(last, line.number);
      }
      step(at + bytes);
    });
  };
  step(offset);
}
