// A file seen through a buffer that moves along: recovery reads forwards, in large pieces, and asks for small ones.

import type { DiskFile } from '../../../usecase/ports/disk.ts';

const WINDOW_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(64 * 1024);

export class FileWindow {
  readonly size: number;
  readonly #file: DiskFile;
  #buffer = Buffer.allocUnsafeSlow(0);
  #start = 0;
  #length = 0;

  constructor(file: DiskFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  close(): void {
    this.#file.close();
  }

  /** Somebody may have written since: the next view is read from the file again. */
  refresh(): void {
    this.#length = 0;
  }

  /** Bytes from `offset` on, fewer than asked only at the end of the file; valid until the next call. */
  view(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (offset < this.#start || offset + wanted > this.#start + this.#length) this.#load(offset, wanted);
    const from = offset - this.#start;
    return this.#buffer.subarray(from, from + Math.min(wanted, this.#length - from));
  }

  /** The first sector at or behind `offset` that is not all zeros; the file's size when there is none. */
  firstNonZero(offset: number, sectorBytes: number): number {
    for (let at = offset; at < this.size; ) {
      const chunk = this.view(at, ZEROS.length);
      if (chunk.length === 0) break;
      if (Buffer.compare(chunk, ZEROS.subarray(0, chunk.length)) !== 0) {
        for (let i = 0; i < chunk.length; i += sectorBytes) {
          const sector = chunk.subarray(i, i + sectorBytes);
          if (Buffer.compare(sector, ZEROS.subarray(0, sector.length)) !== 0) return at + i;
        }
      }
      at += chunk.length;
    }
    return this.size;
  }

  #load(offset: number, wanted: number): void {
    const bytes = Math.max(Math.min(WINDOW_BYTES, this.size), wanted);
    if (this.#buffer.length < bytes) this.#buffer = Buffer.allocUnsafeSlow(bytes);
    this.#start = offset;
    this.#length = this.#file.readSync(this.#buffer.subarray(0, Math.min(bytes, this.size - offset)), offset);
  }
}
