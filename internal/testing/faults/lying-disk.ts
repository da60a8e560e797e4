// A planted fault: a disk that reports syncs as done without doing them, as broken firmware or a forgotten call would.
// Every crash suite must find it; one that does not has proved nothing.

import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';

export type Lie = 'file sync' | 'folder sync';

export class LyingDisk implements Disk {
  readonly #disk: Disk;
  readonly #lie: Lie;

  constructor(disk: Disk, lie: Lie) {
    this.#disk = disk;
    this.#lie = lie;
  }

  listSync(): readonly string[] {
    return this.#disk.listSync();
  }

  openSync(name: string, mode: 'read' | 'readwrite'): DiskFile {
    return this.#wrap(this.#disk.openSync(name, mode));
  }

  open(name: string, mode: 'read' | 'readwrite', done: (error: Error | null, file: DiskFile | null) => void): void {
    this.#disk.open(name, mode, (error, file) => done(error, file && this.#wrap(file)));
  }

  createSync(name: string): DiskFile {
    return this.#wrap(this.#disk.createSync(name));
  }

  create(name: string, done: (error: Error | null, file: DiskFile | null) => void): void {
    this.#disk.create(name, (error, file) => done(error, file && this.#wrap(file)));
  }

  renameSync(from: string, to: string): void {
    this.#disk.renameSync(from, to);
  }

  rename(from: string, to: string, done: Done): void {
    this.#disk.rename(from, to, done);
  }

  removeSync(name: string): void {
    this.#disk.removeSync(name);
  }

  remove(name: string, done: Done): void {
    this.#disk.remove(name, done);
  }

  syncFolderSync(): void {
    if (this.#lie !== 'folder sync') this.#disk.syncFolderSync();
  }

  /** A lie takes its time like the truth: it is told when a look at an absent file has failed. */
  syncFolder(done: Done): void {
    if (this.#lie === 'folder sync') this.#disk.open('', 'read', () => done(null));
    else this.#disk.syncFolder(done);
  }

  #wrap(file: DiskFile): DiskFile {
    if (this.#lie !== 'file sync') return file;
    return {
      name: file.name,
      readSync: (into, offset) => file.readSync(into, offset),
      read: (into, offset, done) => file.read(into, offset, done),
      writeSync: (bytes, offset) => file.writeSync(bytes, offset),
      write: (bytes, offset, done) => file.write(bytes, offset, done),
      syncSync: () => undefined,
      sync: (done) => file.read(new Uint8Array(0), 0, (error) => done(error)),
      truncateSync: (size) => file.truncateSync(size),
      sizeSync: () => file.sizeSync(),
      close: () => file.close(),
    };
  }
}
