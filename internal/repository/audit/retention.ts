// What goes from the old end of the audit log, and how: whole closed files, beyond a bound of age or of bytes, and only
// entries that a signed head covers. First the signed floor is on disk, then the files go, the oldest first.
//
// Invariant: at every moment, after a crash too, the log is one chain to its end, from an entry that the floor allows.

import { type AuditFloor, GENESIS, readLine, signFloor } from '../../../pkg/audit/index.ts';
import type { AuditRemoval } from '../../usecase/ports/audit-store.ts';
import type { Disk, Done } from '../../usecase/ports/disk.ts';
import { type ChainEnd, checkFile } from './check-file.ts';
import { FloorFile } from './floor-file.ts';
import type { HeadFile } from './head-file.ts';
import { firstsOf, nameOf } from './log-names.ts';

export interface RetentionBounds {
  /** Infinity: none. */
  readonly ageMs: number;
  readonly bytesMax: number;
}

/** What one removal takes at most: 256 MiB of files of the usual size. */
const FILES_MAX = 64;
/** Longer than any line. */
const LINE_BYTES_MAX = 1024 * 1024;
const decoder = new TextDecoder();

/** The log as it stands, which is the store's to know. */
export interface LogFiles {
  /** Numbers of the first lines, rising. */
  readonly firsts: readonly number[];
  readonly bytesOf: (first: number) => number;
  /** Lines that are synced. */
  readonly entries: number;
}

export interface RetentionOptions {
  readonly disk: Disk;
  readonly heads: HeadFile;
  readonly bounds: RetentionBounds;
}

export class Retention {
  readonly #options: RetentionOptions;
  readonly #floor: FloorFile;
  /** Of closed files that were looked at: when their last entry happened. */
  readonly #endsMs = new Map<number, number>();

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#floor = new FloorFile(options.disk);
  }

  get floor(): AuditFloor | null {
    return this.#floor.floor;
  }

  /** At a start. What is wrong with the log's beginning, or null: then what a crash had left of a removal is gone. */
  open(names: readonly string[]): string | null {
    const { disk, heads } = this.#options;
    const fault = this.#floor.open(names, heads.privatePem);
    if (fault !== null) return fault;
    const firsts = firstsOf(names);
    const [oldest] = firsts;
    const removed = this.floor?.removed ?? 0;
    if (oldest === undefined) return removed === 0 ? null : `${removed} entries were removed, and no other is there`;
    if (oldest > removed + 1) {
      return `the log begins with entry ${oldest}, and no signed record says that those from ${removed + 1} on were removed`;
    }
    const { floor } = this;
    if (floor === null) return null;
    const follows = firsts.includes(removed + 1) ? this.#follows(removed + 1) : null;
    if (follows !== floor.hash) {
      return `entry ${removed + 1} does not follow the last that was removed on ${floor.at}`;
    }
    // A process that was killed may have left the record unsynced: found, it counts, so now it must stay.
    disk.syncFolderSync();
    for (const first of doomed(firsts, removed)) {
      disk.removeSync(nameOf(first));
      // One by one: of two names that go together, a crash might bring the older back.
      disk.syncFolderSync();
    }
    return null;
  }

  /** What is beyond a bound now, and may go. */
  removable({ firsts, bytesOf, entries }: LogFiles, nowMs: number): AuditRemoval | null {
    const { ageMs, bytesMax } = this.#options.bounds;
    if (!Number.isFinite(ageMs) && !Number.isFinite(bytesMax)) return null;
    const provable = Math.min(this.#options.heads.last?.size ?? 0, entries);
    let left = firsts.reduce((sum, first) => sum + bytesOf(first), 0);
    let bytes = 0;
    let found: AuditRemoval | null = null;
    for (const [index, first] of firsts.slice(0, FILES_MAX).entries()) {
      const next = firsts[index + 1];
      // The file behind it must hold an entry: it is what shows where the log goes on.
      if (next === undefined || next > entries || next - 1 > provable) break;
      const isOver = left > bytesMax;
      if (!isOver && nowMs - this.#endMs(first) < ageMs) break;
      left -= bytesOf(first);
      bytes += bytesOf(first);
      const reason = isOver ? 'AUDIT_BYTES_MAX' : 'AUDIT_MAX_AGE_MS';
      found = { from: firsts[0] as number, through: next - 1, files: index + 1, bytes, reason };
    }
    return found;
  }

  /** Where the chain of these files ends; null where it is not whole, or entry `next` does not follow it. */
  check(firsts: readonly number[], next: number, done: (error: Error | null, end: ChainEnd | null) => void): void {
    guarded(
      (error) => done(error, null),
      () => {
        const follows = this.#follows(next);
        this.#check(firsts, (error, end) => {
          const isWhole = end?.number === next - 1 && end.hash === follows;
          done(error, isWhole ? end : null);
        });
      },
    );
  }

  #check(firsts: readonly number[], done: (error: Error | null, end: ChainEnd | null) => void): void {
    const [first, ...others] = firsts;
    if (first === undefined) return done(null, null);
    const begin: ChainEnd = { number: first - 1, hash: first === 1 ? GENESIS : this.#follows(first) };
    const known = this.floor;
    if (known !== null && known.removed === begin.number && known.hash !== begin.hash) return done(null, null);
    const step = (error: Error | null, end: ChainEnd | null): void => {
      const next = others.shift();
      if (error !== null || end === null || next === undefined) return done(error, end);
      checkFile(this.#options.disk, nameOf(next), end, step);
    };
    checkFile(this.#options.disk, nameOf(first), begin, step);
  }

  /** Signs what is about to go. From here on it may. */
  sign(end: ChainEnd, reason: string, nowMs: number, done: Done): void {
    const fields = { removed: end.number, hash: end.hash, at: new Date(nowMs).toISOString(), reason };
    guarded(done, () => this.#floor.write(signFloor(this.#options.heads.privatePem, fields), done));
  }

  /** Removes what is below the floor, the oldest first, each for good before the next. */
  finish(done: Done): void {
    const { disk } = this.#options;
    let going: number[];
    try {
      going = doomed(firstsOf(disk.listSync()), this.floor?.removed ?? 0);
    } catch (error) {
      return done(error as Error);
    }
    const step = (error: Error | null): void => {
      const next = going.shift();
      if (error !== null || next === undefined) return done(error);
      this.#endsMs.delete(next);
      disk.remove(nameOf(next), (removeError) => (removeError === null ? disk.syncFolder(step) : step(removeError)));
    };
    step(null);
  }

  /** What the first entry of a file follows, as it says itself; empty where it is none. */
  #follows(first: number): string {
    const text = this.#text(first, (size) => [0, Math.min(size, LINE_BYTES_MAX)]);
    return readLine(text.slice(0, Math.max(0, text.indexOf('\n'))))?.prev_hash ?? '';
  }

  /** Infinity where its last line is none: nothing of that is old. */
  #endMs(first: number): number {
    const known = this.#endsMs.get(first);
    if (known !== undefined) return known;
    const text = this.#text(first, (size) => [Math.max(0, size - LINE_BYTES_MAX), size]).trimEnd();
    const line = readLine(text.slice(text.lastIndexOf('\n') + 1));
    const endMs = line === null ? Infinity : Date.parse(line.timestamp);
    this.#endsMs.set(first, endMs);
    return endMs;
  }

  #text(first: number, part: (size: number) => readonly [from: number, to: number]): string {
    const file = this.#options.disk.openSync(nameOf(first), 'read');
    try {
      const [from, to] = part(file.sizeSync());
      const bytes = new Uint8Array(to - from);
      file.readSync(bytes, from);
      return decoder.decode(bytes);
    } finally {
      file.close();
    }
  }
}

/** The first part of it is synchronous and may throw; it answers later. */
function guarded(done: Done, act: () => void): void {
  try {
    act();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Files all of whose entries are at or below the floor. */
const doomed = (firsts: readonly number[], removed: number): number[] =>
  firsts.filter((_first, index) => (firsts[index + 1] ?? Infinity) <= removed + 1);
