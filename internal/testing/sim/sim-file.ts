// An open file of the simulated disk: turns the words of the port into operations on one file image.
// A handle belongs to the life of the disk in which it was opened; after a crash or kill it is dead.

import type { DiskFile, Done } from '../../usecase/ports/disk.ts';
import { SECTOR_BYTES, type SimFileImage } from './sim-file-image.ts';
import { type Operation, SimCrash, SimDiskError, type SimIo } from './sim-io.ts';

export class SimFile implements DiskFile {
  readonly name: string;
  readonly #image: SimFileImage;
  readonly #mode: 'read' | 'readwrite';
  readonly #io: SimIo;
  readonly #roomFor: (grow: number) => number;
  readonly #life: number;
  #closed = false;

  constructor(
    name: string,
    image: SimFileImage,
    mode: 'read' | 'readwrite',
    io: SimIo,
    roomFor: (grow: number) => number,
  ) {
    this.name = name;
    this.#image = image;
    this.#mode = mode;
    this.#io = io;
    this.#roomFor = roomFor;
    this.#life = io.life;
  }

  readSync(into: Uint8Array, offset: number): number {
    return this.#io.now(this.#reading(into, offset));
  }

  read(into: Uint8Array, offset: number, done: (error: Error | null, bytesRead: number) => void): void {
    this.#io.later(this.#reading(into, offset), (error, bytesRead) => done(error, bytesRead ?? 0));
  }

  writeSync(bytes: Uint8Array, offset: number): void {
    this.#io.now(this.#writing(bytes, offset));
  }

  write(bytes: Uint8Array, offset: number, done: Done): void {
    this.#io.later(this.#writing(bytes, offset), done);
  }

  syncSync(): void {
    this.#io.now(this.#syncing());
  }

  sync(done: Done): void {
    this.#io.later(this.#syncing(), done);
  }

  truncateSync(size: number): void {
    this.#mustBeOpen('readwrite');
    this.#io.now({
      kind: 'write',
      perform: () => {
        const grow = size - this.#image.size;
        if (grow > 0 && this.#roomFor(grow) < grow) throw new SimDiskError('ENOSPC', this.name);
        this.#image.truncate(size);
      },
    });
  }

  sizeSync(): number {
    this.#mustBeOpen('read');
    return this.#io.now({ kind: 'read', perform: () => this.#image.size });
  }

  /** What is in flight still completes. */
  close(): void {
    this.#closed = true;
  }

  #reading(into: Uint8Array, offset: number): Operation<number> {
    this.#mustBeOpen('read');
    return { kind: 'read', perform: () => this.#image.read(into, offset) };
  }

  /** The bytes are taken when the write happens: a caller that reuses its buffer too early writes nonsense. */
  #writing(bytes: Uint8Array, offset: number): Operation<void> {
    this.#mustBeOpen('readwrite');
    return {
      kind: 'write',
      perform: () => {
        const grow = Math.max(0, offset + bytes.length - this.#image.size);
        const missing = grow - this.#roomFor(grow);
        this.#image.write(bytes.subarray(0, Math.max(0, bytes.length - missing)), offset);
        if (missing > 0) throw new SimDiskError('ENOSPC', this.name);
      },
      fail: (random) => {
        const sectors = Math.ceil(bytes.length / SECTOR_BYTES);
        this.#image.write(bytes.subarray(0, random.int(sectors) * SECTOR_BYTES), offset);
      },
    };
  }

  #syncing(): Operation<void> {
    this.#mustBeOpen('read');
    const { mark } = this.#image;
    return {
      kind: 'sync',
      perform: () => this.#image.sync(mark),
      fail: (random) => this.#image.failSync(mark, random),
    };
  }

  #mustBeOpen(mode: 'read' | 'readwrite'): void {
    if (this.#life !== this.#io.life) throw new SimCrash(`${this.name} was opened before the crash`);
    if (this.#closed) throw new SimDiskError('EBADF', `${this.name} is closed`);
    if (mode === 'readwrite' && this.#mode === 'read')
      throw new SimDiskError('EBADF', `${this.name} is open to be read`);
  }
}
