// The audit log as files of JSON lines, `<number of the first line, 20 digits>.jsonl`, chained over all of them.
// Invariants: a line is written once, behind the one before it, and never again; a call is answered when its lines are
// synced; what a crash left of a line that nobody was told of is cut off at the next start. Lines go from the old end
// alone, whole files of them, by the rules of retention.ts. Whatever is asked of the log speaks of lines that are synced,
// so that signing and removing need no pause in the appending.

import { type AuditLine, GENESIS, signHead, writeLine } from '../../../pkg/audit/index.ts';
import type {
  AuditEntry,
  AuditPage,
  AuditQuery,
  AuditRemoval,
  AuditStatus,
  AuditStore,
} from '../../usecase/ports/audit-store.ts';
import type { Disk, Done } from '../../usecase/ports/disk.ts';
import { fieldsOf } from './audit-fields.ts';
import { pageOf } from './audit-page.ts';
import { HeadFile } from './head-file.ts';
import { LineFiles } from './line-files.ts';
import { firstsOf, nameOf } from './log-names.ts';
import { Retention } from './retention.ts';
import { Turns } from './turns.ts';
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

/** Where the log has come to. */
interface LogEnd {
  readonly entries: number;
  readonly head: string;
  /** The last line's place in the journal. */
  readonly at: number;
  readonly index: number;
}

interface Waiting {
  readonly entries: readonly AuditEntry[];
  readonly done: Done;
}

export class FileAuditStore implements AuditStore {
  readonly #disk: Disk;
  readonly #files: LineFiles;
  readonly #heads: HeadFile;
  readonly #retention: Retention;
  /** Heads are written by signing and by removing. */
  readonly #turns = new Turns();
  readonly #onHead: (head: object) => void;
  readonly #onLine: (line: AuditLine) => void;
  /** Of the lines that are synced. */
  #end: LogEnd = { entries: 0, head: GENESIS, at: 0, index: -1 };
  /** The place of the last action that was offered. */
  #offered = { at: 0, index: -1 };
  #fault: string | null = null;
  #busy = false;
  #written = 0;
  readonly #waiting: Waiting[] = [];

  constructor(options: FileAuditStoreOptions) {
    const { disk, fileBytes = FILE_BYTES, ageMs = Infinity, bytesMax = Infinity } = options;
    const { onHead = () => undefined, onLine = () => undefined } = options;
    this.#disk = disk;
    this.#files = new LineFiles({ disk, fileBytes, rollMs: ageMs * AGE_SHARE });
    this.#heads = new HeadFile(disk);
    this.#retention = new Retention({ disk, heads: this.#heads, bounds: { ageMs, bytesMax } });
    this.#onHead = onHead;
    this.#onLine = onLine;
  }

  open(): void {
    this.#heads.open(this.#disk.listSync());
    this.#fault = this.#retention.open(this.#disk.listSync());
    const firsts = firstsOf(this.#disk.listSync());
    this.#files.open(firsts);
    const signed = this.#heads.last;
    // A file that was begun and has no whole line yet: the end is in the one before it.
    for (const [back, number] of firsts.toReversed().entries()) {
      const file = this.#disk.openSync(nameOf(number), 'readwrite');
      const { first, last, lastSound, bytes, altered } = wholeLines(file, number, signed);
      if (back === 0) cutBehind(this.#disk, file, bytes);
      // A process that was killed may have written lines and not synced them: found, they count, so now they must stay.
      file.syncSync();
      if (back === 0) this.#files.proceed(file, bytes, first === null ? 0 : Date.parse(first.timestamp));
      else file.close();
      if (altered !== null) this.#fault ??= `entry ${altered} is not as it was written and signed`;
      if (last === null) continue;
      this.#end = {
        entries: last.number,
        head: last.hash,
        at: lastSound?.position ?? 0,
        index: lastSound?.index ?? -1,
      };
      break;
    }
    if (firsts.length > 0) this.#disk.syncFolderSync();
    const { entries } = this.#end;
    if (signed !== null && signed.size > entries) {
      this.#fault ??= `${signed.size} entries were signed on ${signed.at}, and ${entries} are there`;
    }
  }

  get status(): AuditStatus {
    return {
      entries: this.#end.entries,
      head: this.#end.head,
      lastSigned: this.#heads.last,
      fault: this.#fault,
      removed: this.#retention.floor?.removed ?? 0,
      bytes: this.#files.bytes,
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
    const offeredBefore = this.#offered;
    const { lines, end } = this.#linesOf(next.entries);
    const finish = (error: Error | null): void => {
      this.#busy = false;
      // After an error the same lines come again: nothing of this call counts.
      if (error !== null) this.#offered = offeredBefore;
      else {
        this.#end = end;
        this.#tell(lines);
      }
      this.#waiting.shift();
      next.done(error);
      this.#run();
    };
    if (lines.length === 0) return finish(null);
    const atMs = next.entries.at(-1)?.action.atMs ?? 0;
    this.#files.write({ number: this.#end.entries + 1, atMs }, encoder.encode(`${lines.join('\n')}\n`), finish);
  }

  #tell(lines: readonly string[]): void {
    this.#written += lines.length;
    for (const text of lines) this.#onLine(JSON.parse(text) as AuditLine);
  }

  /** The next lines, and where the log is behind them; none for an action that it has. */
  #linesOf(entries: readonly AuditEntry[]): { readonly lines: readonly string[]; readonly end: LogEnd } {
    let end = this.#end;
    const lines: string[] = [];
    for (const { action, at } of entries) {
      const index = at === this.#offered.at ? this.#offered.index + 1 : 0;
      this.#offered = { at, index };
      if (at < end.at || (at === end.at && index <= end.index)) continue;
      const { text, hash } = writeLine(fieldsOf({ action, at }, end.entries + 1, index), end.head);
      lines.push(text);
      end = { entries: end.entries + 1, head: hash, at, index };
    }
    return { lines, end };
  }

  page(query: AuditQuery, done: (error: Error | null, page: AuditPage) => void): void {
    const firsts = [...this.#files.firsts];
    pageOf({ disk: this.#disk, firsts, nameOf, entries: this.#end.entries }, query, (error, found) => {
      // Its file went by retention meanwhile: the log begins later now.
      const isGone = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT' && firsts[0] !== this.#files.firsts[0];
      if (isGone) this.page(query, done);
      else done(error, found);
    });
  }

  seal(nowMs: number, done: Done): void {
    this.#turns.take((end) => this.#seal(nowMs, end), done);
  }

  #seal(nowMs: number, done: Done): void {
    const { entries, head: hash } = this.#end;
    if (entries === (this.#heads.last?.size ?? 0) || this.#fault !== null) return done(null);
    this.#heads.append(
      (privatePem) => signHead(privatePem, entries, hash, new Date(nowMs).toISOString()),
      (error, head) => {
        if (head !== null) this.#onHead(head);
        done(error);
      },
    );
  }

  removable(nowMs: number): AuditRemoval | null {
    if (this.#fault !== null) return null;
    const { firsts } = this.#files;
    const bytesOf = (first: number): number => this.#files.bytesOf(first);
    return this.#retention.removable({ firsts, bytesOf, entries: this.#end.entries }, nowMs);
  }

  remove(removal: AuditRemoval, nowMs: number, done: Done): void {
    this.#turns.take((end) => this.#remove(removal, nowMs, end), done);
  }

  #remove(removal: AuditRemoval, nowMs: number, done: Done): void {
    if (this.#fault !== null) return done(null);
    // An earlier call came so far, and failed behind it.
    if ((this.#retention.floor?.removed ?? 0) >= removal.through) return this.#clear(done);
    const going = this.#files.firsts.filter((first) => first <= removal.through);
    this.#retention.check(going, removal.through + 1, (error, end) => {
      if (error !== null) return done(error);
      if (end === null) {
        this.#fault = `entries ${removal.from} to ${removal.through} are not as they were written: none of them is removed`;
        return done(new Error(this.#fault));
      }
      this.#retention.sign(end, removal.reason, nowMs, (signError) => {
        if (signError !== null) return done(signError);
        const { floor } = this.#retention;
        if (floor !== null) this.#onHead(floor);
        this.#clear(done);
      });
    });
  }

  /** What is below the floor goes, and the heads that spoke of it. */
  #clear(done: Done): void {
    const removed = this.#retention.floor?.removed ?? 0;
    this.#files.forget(removed);
    this.#retention.finish((error) => (error === null ? this.#heads.trim(removed, done) : done(error)));
  }

  close(): void {
    this.#files.close();
    this.#heads.close();
  }
}
