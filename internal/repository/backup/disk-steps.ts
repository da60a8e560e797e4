// The disk's words as promises, and the copying of a part of a file by pieces: one piece in memory, and no more written
// than is synced soon, since a sync of the journal beside it may have to wait for what is not.

import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';

const PIECE_BYTES = 64 * 1024;
const SYNC_EVERY_BYTES = 4 * 1024 * 1024;

const done = (act: (done: Done) => void): Promise<void> =>
  new Promise((resolve, reject) => act((error) => (error === null ? resolve() : reject(error))));

const file = (act: (done: (error: Error | null, file: DiskFile | null) => void) => void): Promise<DiskFile> =>
  new Promise((resolve, reject) =>
    act((error, opened) => (opened === null ? reject(error ?? new Error('no file')) : resolve(opened))),
  );

export const openFile = (disk: Disk, name: string): Promise<DiskFile> =>
  file((opened) => disk.open(name, 'read', opened));

export const syncFolder = (disk: Disk): Promise<void> => done((call) => disk.syncFolder(call));

/** Fewer than asked only at the end of the file. */
export const readPiece = (from: DiskFile, into: Uint8Array, offset: number): Promise<number> =>
  new Promise((resolve, reject) =>
    from.read(into, offset, (error, count) => (error === null ? resolve(count) : reject(error))),
  );

/** A file of the copy, written from its beginning to its end. */
export class CopiedFile {
  readonly #file: DiskFile;
  readonly #signal: AbortSignal;
  #bytes = 0;
  #synced = 0;

  private constructor(opened: DiskFile, signal: AbortSignal) {
    this.#file = opened;
    this.#signal = signal;
  }

  static async create(disk: Disk, name: string, signal: AbortSignal): Promise<CopiedFile> {
    return new CopiedFile(await file((created) => disk.create(name, created)), signal);
  }

  get bytes(): number {
    return this.#bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#signal.throwIfAborted();
    await done((call) => this.#file.write(bytes, this.#bytes, call));
    this.#bytes += bytes.length;
    if (this.#bytes - this.#synced < SYNC_EVERY_BYTES) return;
    await done((call) => this.#file.sync(call));
    this.#synced = this.#bytes;
  }

  /** The first `length` bytes of the source; it must have them. */
  async copy(from: DiskFile, length: number): Promise<void> {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, length));
    for (let offset = 0; offset < length; ) {
      const wanted = piece.subarray(0, Math.min(piece.length, length - offset));
      const count = await readPiece(from, wanted, offset);
      if (count < wanted.length) throw new Error(`${from.name} ends at ${offset + count} of ${length} B`);
      await this.write(wanted);
      offset += count;
    }
  }

  /** Real ones: whoever writes there later has the room. */
  async zeros(length: number): Promise<void> {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, length));
    for (let left = length; left > 0; left -= piece.length)
      await this.write(piece.subarray(0, Math.min(left, piece.length)));
  }

  /** What was written survives a loss of power; the name does once the folder is synced. */
  async end(): Promise<void> {
    try {
      await done((call) => this.#file.sync(call));
    } finally {
      this.#file.close();
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** Makes one file of the copy; it is closed in any case, and synced where `fill` ends well. */
export async function copied(
  disk: Disk,
  name: string,
  signal: AbortSignal,
  fill: (file: CopiedFile) => Promise<void>,
): Promise<number> {
  const target = await CopiedFile.create(disk, name, signal);
  try {
    await fill(target);
    await target.end();
    return target.bytes;
  } catch (error) {
    target.close();
    throw error;
  }
}
