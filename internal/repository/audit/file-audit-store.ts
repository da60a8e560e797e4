// The audit log as files of JSON lines, `<number of the first line, 20 digits>.jsonl`, chained over all of them.
// Invariants: a line is written once, behind the one before it, and never again; a call is answered when its lines are
// synced; what a crash left of a line that nobody was told of is cut off at the next start. Lines go from the old end
// alone, whole files of them, by the rules of retention.ts.

import { type AuditLine, GENESIS, signHead, writeLine } from '../../../pkg/audit/index.ts';
import type {
  AuditEntry,
  AuditPage,
  AuditQuery,
  AuditRemoval,
  AuditStatus,
  AuditStore,
} from '../../usecase/ports/audit-store.ts';
import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';
import { fieldsOf } from './audit-fields.ts';
import { pageOf } from './audit-page.ts';
import { HeadFile } from './head-file.ts';
import { firstsOf, nameOf } from './log-names.ts';
import { Retention } from './retention.ts';
import { cutBehind, wholeLines } from './whole-lines.ts';

export interface FileAuditStoreOptions {
  readonly disk: Disk;
  /** Default 4 MiB, which a start reads: a file that is longer is followed by another. */
  readonly fileBytes?: number;
  /** Told of each head and each floor that was signed. */
  readonly onHead?: (head: object) => void;
  /** Told of each line when it is synced. */
  readonly onLine?: (line: AuditLine) => void;
  /** Bounds of retention; by default none. */
  readonly ageMs?: number;
  readonly bytesMax?: number;
}

const FILE_BYTES = 4 * 1024 * 1024;
/** With a bound of age a file is closed after this share of it, however short it is: its entries can go then. */
const AGE_SHARE = 1 / 8;

const encoder = new TextEncoder();

interface FirstLine {
  readonly number: number;
  readonly atMs: number;
}

interface Waiting {
  readonly entries: readonly AuditEntry[];
  readonly done: Done;
}

export class FileAuditStore implements AuditStore {
  readonly #disk: Disk;
  readonly #fileBytes: number;
  readonly #heads: HeadFile;
  readonly #retention: Retention;
  readonly #rollMs: number;
  readonly #onHead: (head: object) => void;
  readonly #onLine: (line: AuditLine) => void;
  /** Numbers of the first lines, rising. */
  #files: number[] = [];
  /** Of all files but the one that is written. */
  readonly #sizes = new Map<number, number>();
  #closedBytes = 0;
  #file: DiskFile | null = null;
  #fileSize = 0;
  /** When its first line happened. */
  #fileAtMs = 0;
  #entries = 0;
  #head = GENESIS;
  /** The last line's place in the journal, and that of the last action that was offered. */
  #last = { at: 0, index: -1 };
  #offered = { at: 0, index: -1 };
  #fault: string | null = null;
  #busy = false;
  #removing = false;
  #written = 0;
  readonly #waiting: Waiting[] = [];

  constructor(options: FileAuditStoreOptions) {
    const { disk, fileBytes = FILE_BYTES, ageMs = Infinity, bytesMax = Infinity } = options;
    const { onHead = () => undefined, onLine = () => undefined } = options;
    this.#disk = disk;
    this.#fileBytes = fileBytes;
    this.#heads = new HeadFile(disk);
    this.#retention = new Retention({ disk, heads: this.#heads, bounds: { ageMs, bytesMax } });
    this.#rollMs = ageMs * AGE_SHARE;
    this.#onHead = onHead;
    this.#onLine = onLine;
  }

  open(): void {
    this.#heads.open(this.#disk.listSync());
    this.#fault = this.#retention.open(this.#disk.listSync());
    this.#files = firstsOf(this.#disk.listSync());
    for (const first of this.#files.slice(0, -1)) this.#closed(first, this.#sizeOf(first));
    // A file that was begun and has no whole line yet: the end is in the one before it.
    for (const [back, first] of this.#files.toReversed().entries()) {
      const file = this.#disk.openSync(nameOf(first), 'readwrite');
      const { first: oldest, last, bytes } = wholeLines(file);
      if (back === 0) {
        cutBehind(this.#disk, file, bytes);
        this.#fileSize = bytes;
        this.#fileAtMs = oldest === null ? 0 : Date.parse(oldest.timestamp);
      }
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
      this.#fault ??= `${owed.size} entries were signed on ${owed.at}, and ${this.#entries} are there`;
    }
  }

  #sizeOf(first: number): number {
    const file = this.#disk.openSync(nameOf(first), 'read');
    const size = file.sizeSync();
    file.close();
    return size;
  }

  /** Nothing more is written to it. */
  #closed(first: number, bytes: number): void {
    this.#closedBytes += bytes - (this.#sizes.get(first) ?? 0);
    this.#sizes.set(first, bytes);
  }

  get status(): AuditStatus {
    return {
      entries: this.#entries,
      head: this.#head,
      lastSigned: this.#heads.last,
      fault: this.#fault,
      removed: this.#retention.floor?.removed ?? 0,
      bytes: this.#closedBytes + (this.#file === null ? 0 : this.#fileSize),
      written: this.#written,
    };
  }

  append(entries: readonly AuditEntry[], done: Done): void {
    this.#waiting.push({ entries, done });
    this.#run();
  }

  #run(): void {
    const next = this.#waiting[0];
    if (this.#busy || next === undefined) return;
    this.#busy = true;
    const offeredBefore = { ...this.#offered };
    const before = { entries: this.#entries, head: this.#head, last: this.#last };
    const lines = next.entries.flatMap((entry) => this.#line(entry) ?? []);
    const finish = (error: Error | null): void => {
      this.#busy = false;
      if (error !== null) {
        // The same lines come again: nothing of this call counts.
        this.#offered = offeredBefore;
        this.#entries = before.entries;
        this.#head = before.head;
        this.#last = before.last;
      } else this.#tell(lines);
      this.#waiting.shift();
      next.done(error);
      this.#run();
    };
    if (lines.length === 0) return finish(null);
    const atMs = next.entries.at(-1)?.action.atMs ?? 0;
    this.#write({ number: before.entries + 1, atMs }, encoder.encode(`${lines.join('\n')}\n`), finish);
  }

  #tell(lines: readonly string[]): void {
    this.#written += lines.length;
    for (const text of lines) this.#onLine(JSON.parse(text) as AuditLine);
  }

  /** The next line; null for an action that the log has. */
  #line({ action, at }: AuditEntry): string | null {
    this.#offered = at === this.#offered.at ? { at, index: this.#offered.index + 1 } : { at, index: 0 };
    const { index } = this.#offered;
    const { at: lastAt, index: lastIndex } = this.#last;
    if (at < lastAt || (at === lastAt && index <= lastIndex)) return null;
    const { text, hash } = writeLine(fieldsOf({ action, at }, this.#entries + 1, index), this.#head);
    this.#entries += 1;
    this.#head = hash;
    this.#last = { at, index };
    return text;
  }

  /** `first`: of the lines that are written, and when they happened. */
  #write(first: FirstLine, bytes: Uint8Array, done: Done): void {
    if (this.#file === null || this.#isFull(first.atMs)) return this.#begin(first, bytes, done);
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

  #isFull(atMs: number): boolean {
    return this.#fileSize >= this.#fileBytes || (this.#fileSize > 0 && atMs - this.#fileAtMs >= this.#rollMs);
  }

  #abandon(at: number, error: Error, done: Done): void {
    try {
      this.#file?.truncateSync(at);
    } catch {
      // The file is as bad as its disk; the verifier tells what stands in it.
    }
    this.#release();
    done(error);
  }

  /** The file that was written becomes one of the closed ones. */
  #release(): void {
    const last = this.#files.at(-1);
    if (this.#file !== null && last !== undefined) this.#closed(last, this.#fileSize);
    this.#file?.close();
    this.#file = null;
  }

  #begin(first: FirstLine, bytes: Uint8Array, done: Done): void {
    this.#release();
    const { number } = first;
    const name = nameOf(number);
    const created = (error: Error | null, file: DiskFile | null): void => {
      if (file === null) return done(error);
      this.#disk.syncFolder((folderError) => {
        if (folderError !== null) {
          file.close();
          return done(folderError);
        }
        if (!this.#files.includes(number)) this.#files.push(number);
        this.#closed(number, 0);
        this.#file = file;
        this.#fileSize = 0;
        this.#fileAtMs = first.atMs;
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
    const firsts = [...this.#files];
    pageOf({ disk: this.#disk, firsts, nameOf, entries: this.#entries }, query, (error, found) => {
      // Its file went by retention meanwhile: the log begins later now.
      const isGone = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT' && firsts[0] !== this.#files[0];
      if (isGone) this.page(query, done);
      else done(error, found);
    });
  }

  seal(nowMs: number, done: Done): void {
    const isSigned = this.#entries === (this.#heads.last?.size ?? 0);
    if (isSigned || this.#busy || this.#removing || this.#fault !== null) return done(null);
    this.#heads.append(
      (privatePem) => signHead(privatePem, this.#entries, this.#head, new Date(nowMs).toISOString()),
      (error, head) => {
        if (head !== null) this.#onHead(head);
        done(error);
      },
    );
  }

  removable(nowMs: number): AuditRemoval | null {
    if (this.#busy || this.#removing || this.#fault !== null) return null;
    const bytesOf = (first: number): number =>
      first === this.#files.at(-1) && this.#file !== null ? this.#fileSize : (this.#sizes.get(first) ?? 0);
    return this.#retention.removable({ firsts: this.#files, bytesOf, entries: this.#entries }, nowMs);
  }

  remove(removal: AuditRemoval, nowMs: number, done: Done): void {
    if (this.#removing || this.#fault !== null) return done(null);
    this.#removing = true;
    const finish: Done = (error) => {
      this.#removing = false;
      done(error);
    };
    // An earlier call came so far, and failed behind it.
    if ((this.#retention.floor?.removed ?? 0) >= removal.through) return this.#clear(finish);
    const going = this.#files.filter((first) => first <= removal.through);
    this.#retention.check(going, removal.through + 1, (error, end) => {
      if (error !== null) return finish(error);
      if (end === null) {
        this.#fault = `entries ${removal.from} to ${removal.through} are not as they were written: none of them is removed`;
        return finish(new Error(this.#fault));
      }
      this.#retention.sign(end, removal.reason, nowMs, (signError) => {
        if (signError !== null) return finish(signError);
        const { floor } = this.#retention;
        if (floor !== null) this.#onHead(floor);
        this.#clear(finish);
      });
    });
  }

  /** What is below the floor goes, and the heads that spoke of it. */
  #clear(done: Done): void {
    const { floor } = this.#retention;
    const removed = floor?.removed ?? 0;
    this.#files = this.#files.filter((first, index) => {
      const goes = (this.#files[index + 1] ?? Infinity) <= removed + 1;
      if (goes) {
        this.#closed(first, 0);
        this.#sizes.delete(first);
      }
      return !goes;
    });
    this.#retention.finish((error) => (error === null ? this.#heads.trim(removed, done) : done(error)));
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
    this.#heads.close();
  }
}
