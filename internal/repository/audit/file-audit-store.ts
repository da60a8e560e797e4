// The audit log as files of JSON lines, `<number of the first line, 20 digits>.jsonl`, chained over all of them.
// Invariants: a line is written once, behind the one before it, and never again; a call is answered when its lines are
// synced; what a crash left of a line that nobody was told of is cut off at the next start.

import { type AuditLine, GENESIS, hashOf, readLine, signHead, writeLine } from '../../../pkg/audit/index.ts';
import type { AuditEntry, AuditPage, AuditQuery, AuditStatus, AuditStore } from '../../usecase/ports/audit-store.ts';
import type { Disk, DiskFile } from '../../usecase/ports/disk.ts';
import { fieldsOf } from './audit-fields.ts';
import { pageOf } from './audit-page.ts';
import { HeadFile } from './head-file.ts';

export interface FileAuditStoreOptions {
  readonly disk: Disk;
  /** Default 4 MiB, which a start reads: a file that is longer is followed by another. */
  readonly fileBytes?: number;
  /** Told of each head that was signed. */
  readonly onHead?: (head: object) => void;
}

const FILE_BYTES = 4 * 1024 * 1024;
const NAME = /^(\d{20})\.jsonl$/;
const NEWLINE = 10;

const nameOf = (first: number): string => `${String(first).padStart(20, '0')}.jsonl`;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The lines of a file up to the first that is torn, or does not follow the one before it: lines are synced in their order,
 * so that nothing behind it was ever answered for.
 */
function wholeLines(file: DiskFile): { readonly last: AuditLine | null; readonly bytes: number } {
  const content = new Uint8Array(file.sizeSync());
  file.readSync(content, 0);
  let last: AuditLine | null = null;
  let start = 0;
  for (let end = content.indexOf(NEWLINE); end >= 0; end = content.indexOf(NEWLINE, start)) {
    const line = readLine(decoder.decode(content.subarray(start, end)));
    if (line === null || hashOf(line, line.prev_hash) !== line.hash) break;
    if (last !== null && line.prev_hash !== last.hash) break;
    last = line;
    start = end + 1;
  }
  return { last, bytes: start };
}

interface Waiting {
  readonly entries: readonly AuditEntry[];
  readonly done: (error: Error | null) => void;
}

export class FileAuditStore implements AuditStore {
  readonly #disk: Disk;
  readonly #fileBytes: number;
  readonly #heads: HeadFile;
  readonly #onHead: (head: object) => void;
  /** Numbers of the first lines, rising. */
  #files: number[] = [];
  #file: DiskFile | null = null;
  #fileSize = 0;
  #entries = 0;
  #head = GENESIS;
  /** The last line's place in the journal, and that of the last action that was offered. */
  #last = { at: 0, index: -1 };
  #offered = { at: 0, index: -1 };
  #fault: string | null = null;
  #busy = false;
  readonly #waiting: Waiting[] = [];

  constructor({ disk, fileBytes = FILE_BYTES, onHead = () => undefined }: FileAuditStoreOptions) {
    this.#disk = disk;
    this.#fileBytes = fileBytes;
    this.#heads = new HeadFile(disk);
    this.#onHead = onHead;
  }

  open(): void {
    const names = this.#disk.listSync();
    this.#heads.open(names);
    this.#files = names
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    // A file that was begun and has no whole line yet: the end is in the one before it.
    for (const [back, first] of this.#files.toReversed().entries()) {
      const file = this.#disk.openSync(nameOf(first), 'readwrite');
      const { last, bytes } = wholeLines(file);
      if (back === 0) this.#cut(file, bytes);
      // A process that was killed may have written lines and not synced them: found, they count, so now they must stay.
      file.syncSync();
      if (back === 0) this.#file = file;
      else file.close();
      if (last === null) continue;
      this.#entries = last.number;
      this.#head = last.hash;
      this.#last = { at: last.position, index: last.index };
      break;
    }
    if (this.#files.length > 0) this.#disk.syncFolderSync();
    const owed = this.#heads.last;
    if (owed !== null && owed.size > this.#entries) {
      this.#fault = `${owed.size} entries were signed on ${owed.at}, and ${this.#entries} are there`;
    }
  }

  /** What a crash left behind the last whole line was promised to nobody. It is kept all the same, beside the log. */
  #cut(file: DiskFile, bytes: number): void {
    this.#fileSize = bytes;
    const rest = new Uint8Array(file.sizeSync() - bytes);
    if (rest.length === 0) return;
    file.readSync(rest, bytes);
    if (rest.some((byte) => byte !== 0)) {
      const name = `${file.name}.cut`;
      if (this.#disk.listSync().includes(name)) this.#disk.removeSync(name);
      const kept = this.#disk.createSync(name);
      kept.writeSync(rest, 0);
      kept.syncSync();
      kept.close();
    }
    file.truncateSync(bytes);
  }

  get status(): AuditStatus {
    return { entries: this.#entries, head: this.#head, lastSigned: this.#heads.last, fault: this.#fault };
  }

  append(entries: readonly AuditEntry[], done: (error: Error | null) => void): void {
    this.#waiting.push({ entries, done });
    this.#run();
  }

  #run(): void {
    const next = this.#waiting[0];
    if (this.#busy || next === undefined) return;
    this.#busy = true;
    const offeredBefore = { ...this.#offered };
    const before = { entries: this.#entries, head: this.#head, last: this.#last };
    const text = next.entries.map((entry) => this.#line(entry)).join('');
    const finish = (error: Error | null): void => {
      this.#busy = false;
      if (error !== null) {
        // The same lines come again: nothing of this call counts.
        this.#offered = offeredBefore;
        this.#entries = before.entries;
        this.#head = before.head;
        this.#last = before.last;
      }
      this.#waiting.shift();
      next.done(error);
      this.#run();
    };
    if (text === '') return finish(null);
    this.#write(before.entries + 1, encoder.encode(text), finish);
  }

  #line({ action, at }: AuditEntry): string {
    this.#offered = at === this.#offered.at ? { at, index: this.#offered.index + 1 } : { at, index: 0 };
    const { index } = this.#offered;
    const { at: lastAt, index: lastIndex } = this.#last;
    if (at < lastAt || (at === lastAt && index <= lastIndex)) return '';
    const { text, hash } = writeLine(fieldsOf({ action, at }, this.#entries + 1, index), this.#head);
    this.#entries += 1;
    this.#head = hash;
    this.#last = { at, index };
    return `${text}\n`;
  }

  #write(first: number, bytes: Uint8Array, done: (error: Error | null) => void): void {
    if (this.#file === null || this.#fileSize >= this.#fileBytes) return this.#begin(first, bytes, done);
    const file = this.#file;
    const at = this.#fileSize;
    file.write(bytes, at, (writeError) => {
      if (writeError !== null) return done(writeError);
      file.sync((syncError) => {
        // After a failed sync nothing is known of this file: what comes next goes to another.
        if (syncError !== null) return this.#abandon(at, syncError, done);
        this.#fileSize = at + bytes.length;
        done(null);
      });
    });
  }

  #abandon(at: number, error: Error, done: (error: Error | null) => void): void {
    try {
      this.#file?.truncateSync(at);
    } catch {
      // The file is as bad as its disk; the verifier tells what stands in it.
    }
    this.#file?.close();
    this.#file = null;
    done(error);
  }

  #begin(first: number, bytes: Uint8Array, done: (error: Error | null) => void): void {
    this.#file?.close();
    this.#file = null;
    const name = nameOf(first);
    const created = (error: Error | null, file: DiskFile | null): void => {
      if (file === null) return done(error);
      this.#disk.syncFolder((folderError) => {
        if (folderError !== null) {
          file.close();
          return done(folderError);
        }
        if (!this.#files.includes(first)) this.#files.push(first);
        this.#file = file;
        this.#fileSize = 0;
        this.#write(first, bytes, done);
      });
    };
    this.#disk.create(name, (error, file) => {
      if ((error as NodeJS.ErrnoException | null)?.code !== 'EEXIST') return created(error, file);
      // One of this name was begun by a call that failed, and holds nothing that counts.
      this.#disk.open(name, 'readwrite', (openError, begun) => {
        try {
          begun?.truncateSync(0);
          created(openError, begun);
        } catch (truncateError) {
          begun?.close();
          created(truncateError as Error, null);
        }
      });
    });
  }

  page(query: AuditQuery, done: (error: Error | null, page: AuditPage) => void): void {
    pageOf({ disk: this.#disk, firsts: this.#files, nameOf, entries: this.#entries }, query, done);
  }

  seal(nowMs: number, done: (error: Error | null) => void): void {
    const isSigned = this.#entries === (this.#heads.last?.size ?? 0);
    if (isSigned || this.#busy || this.#fault !== null) return done(null);
    this.#heads.append(
      (privatePem) => signHead(privatePem, this.#entries, this.#head, new Date(nowMs).toISOString()),
      (error, head) => {
        if (head !== null) this.#onHead(head);
        done(error);
      },
    );
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
    this.#heads.close();
  }
}
