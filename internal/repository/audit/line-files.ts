// The files of the audit log's lines: which there are, how long each is, and the newest, which is written.
//
// Invariant: what is written follows what counts, and counts when it is synced; a file whose sync failed is never written
// again.

import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';
import { nameOf } from './log-names.ts';

export interface FirstLine {
  readonly number: number;
  readonly atMs: number;
}

export interface LineFilesOptions {
  readonly disk: Disk;
  /** A file that is longer is followed by another. */
  readonly fileBytes: number;
  /** And one whose first line is older. */
  readonly rollMs: number;
}

export class LineFiles {
  readonly #disk: Disk;
  readonly #fileBytes: number;
  readonly #rollMs: number;
  /** Numbers of the first lines, rising. */
  #firsts: number[] = [];
  /** Of all files but the one that is written. */
  readonly #sizes = new Map<number, number>();
  #closedBytes = 0;
  #file: DiskFile | null = null;
  #fileSize = 0;
  /** When its first line happened. */
  #fileAtMs = 0;

  constructor({ disk, fileBytes, rollMs }: LineFilesOptions) {
    this.#disk = disk;
    this.#fileBytes = fileBytes;
    this.#rollMs = rollMs;
  }

  get firsts(): readonly number[] {
    return this.#firsts;
  }

  /** Of all lines that are kept. */
  get bytes(): number {
    return this.#closedBytes + (this.#file === null ? 0 : this.#fileSize);
  }

  bytesOf(first: number): number {
    const isWritten = first === this.#firsts.at(-1) && this.#file !== null;
    return isWritten ? this.#fileSize : (this.#sizes.get(first) ?? 0);
  }

  /** At a start: the files that are there; the newest is opened with `proceed`. */
  open(firsts: readonly number[]): void {
    this.#firsts = [...firsts];
    for (const first of firsts.slice(0, -1)) this.#closed(first, this.#sizeOf(first));
  }

  /** The newest file goes on behind `bytes`. */
  proceed(file: DiskFile, bytes: number, atMs: number): void {
    this.#file = file;
    this.#fileSize = bytes;
    this.#fileAtMs = atMs;
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

  /** Those whose entries are all at or below this one are none of it any more. */
  forget(through: number): void {
    const kept = this.#firsts.findIndex((_first, index) => (this.#firsts[index + 1] ?? Infinity) > through + 1);
    for (const gone of this.#firsts.splice(0, Math.max(0, kept))) {
      this.#closed(gone, 0);
      this.#sizes.delete(gone);
    }
  }

  /** `first`: of the lines that are written, and when they happened. Calls back when they are synced. */
  write(first: FirstLine, bytes: Uint8Array, done: Done): void {
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
    const last = this.#firsts.at(-1);
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
        if (!this.#firsts.includes(number)) this.#firsts.push(number);
        this.#closed(number, 0);
        this.#file = file;
        this.#fileSize = 0;
        this.#fileAtMs = first.atMs;
        this.write(first, bytes, done);
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

  close(): void {
    this.#file?.close();
    this.#file = null;
  }
}
