// The data folder on a real disk. Files are opened as they are, never truncated; errors are the system's own, with
// their `code`. Only plain files count: the admin socket and the lock folder beside them are not listed.

import * as fs from 'node:fs';
import { join } from 'node:path';
import { invariant } from '../../domain/assert.ts';
import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';
import { ensureDataFolder, syncFolderOf } from './data-folder.ts';
import { NodeFile } from './node-file.ts';
import { SyncWay } from './sync-way.ts';

type Mode = 'read' | 'readwrite';
type Opened = (error: Error | null, file: DiskFile | null) => void;

const OPEN_FLAGS: Readonly<Record<Mode, string>> = { read: 'r', readwrite: 'r+' };
const CREATE_FLAGS = 'wx+';
const FILE_MODE = 0o600;

export class NodeDisk implements Disk {
  readonly folder: string;
  readonly #way = new SyncWay();

  /** Creates the folder when it is missing. Throws DATA_DIR_UNUSABLE. */
  constructor(folder: string) {
    this.folder = ensureDataFolder(folder);
  }

  listSync(): readonly string[] {
    const entries = fs.readdirSync(this.folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort();
  }

  openSync(name: string, mode: Mode): DiskFile {
    return this.#file(name, fs.openSync(this.#path(name), OPEN_FLAGS[mode]));
  }

  open(name: string, mode: Mode, done: Opened): void {
    fs.open(this.#path(name), OPEN_FLAGS[mode], this.#opened(name, done));
  }

  createSync(name: string): DiskFile {
    return this.#file(name, fs.openSync(this.#path(name), CREATE_FLAGS, FILE_MODE));
  }

  create(name: string, done: Opened): void {
    fs.open(this.#path(name), CREATE_FLAGS, FILE_MODE, this.#opened(name, done));
  }

  renameSync(from: string, to: string): void {
    fs.renameSync(this.#path(from), this.#path(to));
  }

  rename(from: string, to: string, done: Done): void {
    fs.rename(this.#path(from), this.#path(to), done);
  }

  removeSync(name: string): void {
    fs.unlinkSync(this.#path(name));
  }

  remove(name: string, done: Done): void {
    fs.unlink(this.#path(name), done);
  }

  syncFolderSync(): void {
    syncFolderOf(this.folder);
  }

  syncFolder(done: Done): void {
    fs.open(this.folder, 'r', (openError, descriptor) => {
      if (openError !== null) return done(openError);
      fs.fsync(descriptor, (syncError) => {
        fs.close(descriptor, (closeError) => done(syncError ?? closeError ?? null));
      });
    });
  }

  #path(name: string): string {
    invariant(name !== '' && !/[/\\]|^\.\.?$/.test(name), `a name in the data folder is flat, not '${name}'`);
    return join(this.folder, name);
  }

  #file(name: string, descriptor: number): DiskFile {
    return new NodeFile(name, descriptor, this.#way);
  }

  #opened(name: string, done: Opened): (error: Error | null, descriptor: number) => void {
    return (error, descriptor) => (error === null ? done(null, this.#file(name, descriptor)) : done(error, null));
  }
}
