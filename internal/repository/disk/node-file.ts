// An open file of the data folder, over node:fs. Short reads and writes are continued until done, so the caller never
// sees one. The descriptor is closed when the last operation in flight has completed: closing it earlier could let a
// write land in whichever file the system gave the same number.

import * as fs from 'node:fs';
import type { DiskFile, Done } from '../../usecase/ports/disk.ts';
import { DiskError } from './disk-error.ts';
import type { SyncWay } from './sync-way.ts';

export class NodeFile implements DiskFile {
  readonly name: string;
  readonly #descriptor: number;
  readonly #way: SyncWay;
  #inFlight = 0;
  #closed = false;

  /** `way`: of its disk. */
  constructor(name: string, descriptor: number, way: SyncWay) {
    this.name = name;
    this.#descriptor = descriptor;
    this.#way = way;
  }

  readSync(into: Uint8Array, offset: number): number {
    this.#mustBeOpen();
    let total = 0;
    while (total < into.length) {
      const count = fs.readSync(this.#descriptor, into, total, into.length - total, offset + total);
      if (count === 0) break;
      total += count;
    }
    return total;
  }

  read(into: Uint8Array, offset: number, done: (error: Error | null, bytesRead: number) => void): void {
    this.#begin();
    const next = (total: number): void => {
      fs.read(this.#descriptor, into, total, into.length - total, offset + total, (error, count) => {
        if (error === null && count > 0 && total + count < into.length) return next(total + count);
        this.#end();
        done(error, error === null ? total + count : 0);
      });
    };
    next(0);
  }

  writeSync(bytes: Uint8Array, offset: number): void {
    this.#mustBeOpen();
    let total = 0;
    while (total < bytes.length) {
      const count = fs.writeSync(this.#descriptor, bytes, total, bytes.length - total, offset + total);
      if (count === 0) throw this.#stuck();
      total += count;
    }
  }

  write(bytes: Uint8Array, offset: number, done: Done): void {
    this.#begin();
    const next = (total: number): void => {
      fs.write(this.#descriptor, bytes, total, bytes.length - total, offset + total, (error, count) => {
        const whole = total + count >= bytes.length;
        if (error === null && count > 0 && !whole) return next(total + count);
        this.#end();
        done(error ?? (whole ? null : this.#stuck()));
      });
    };
    next(0);
  }

  syncSync(): void {
    this.#mustBeOpen();
    fs.fdatasyncSync(this.#descriptor);
  }

  /** Data, and the size where it changed: fdatasync writes whatever is needed to read the data back. */
  sync(done: Done, bytes = Number.POSITIVE_INFINITY): void {
    this.#begin();
    if (this.#way.isHere(bytes)) {
      setImmediate(() => this.#syncHere(done));
      return;
    }
    const startedMs = performance.now();
    fs.fdatasync(this.#descriptor, (error) => {
      this.#end();
      this.#way.took(performance.now() - startedMs);
      done(error);
    });
  }

  #syncHere(done: Done): void {
    const startedMs = performance.now();
    let failure: Error | null = null;
    try {
      fs.fdatasyncSync(this.#descriptor);
    } catch (error) {
      failure = error as Error;
    }
    this.#end();
    this.#way.took(performance.now() - startedMs);
    done(failure);
  }

  truncateSync(size: number): void {
    this.#mustBeOpen();
    fs.ftruncateSync(this.#descriptor, size);
  }

  sizeSync(): number {
    this.#mustBeOpen();
    return fs.fstatSync(this.#descriptor).size;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#inFlight === 0) fs.closeSync(this.#descriptor);
  }

  #begin(): void {
    this.#mustBeOpen();
    this.#inFlight += 1;
  }

  #end(): void {
    this.#inFlight -= 1;
    if (this.#closed && this.#inFlight === 0) fs.closeSync(this.#descriptor);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new DiskError('EBADF', `${this.name} is closed`);
  }

  #stuck(): DiskError {
    return new DiskError('EIO', `${this.name}: a write moved no byte`);
  }
}
