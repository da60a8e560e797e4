// The disk as the journal and the checkpoints need it: flat names in one data folder. Synchronous words serve
// start-up, when nothing else runs; the others complete by callback, in the order that the disk likes.
// Promises made by an implementation: a completed `sync` means that all writes completed before it was called
// survive a power loss; a name (create, rename, remove) survives only after `syncFolder`.

export type Done = (error: Error | null) => void;

export interface DiskFile {
  readonly name: string;
  /** Reads into `into` from `offset`; gives the bytes read, fewer than asked only at the end of the file. */
  readSync(into: Uint8Array, offset: number): number;
  read(into: Uint8Array, offset: number, done: (error: Error | null, bytesRead: number) => void): void;
  writeSync(bytes: Uint8Array, offset: number): void;
  write(bytes: Uint8Array, offset: number, done: Done): void;
  syncSync(): void;
  /** `bytes`: about as many were written since the last sync; of few, a disk may know a shorter way. */
  sync(done: Done, bytes?: number): void;
  truncateSync(size: number): void;
  sizeSync(): number;
  close(): void;
}

export interface Disk {
  listSync(): readonly string[];
  openSync(name: string, mode: 'read' | 'readwrite'): DiskFile;
  /** Creates the file, and fails when it exists. */
  createSync(name: string): DiskFile;
  renameSync(from: string, to: string): void;
  removeSync(name: string): void;
  syncFolderSync(): void;
  open(name: string, mode: 'read' | 'readwrite', done: (error: Error | null, file: DiskFile | null) => void): void;
  create(name: string, done: (error: Error | null, file: DiskFile | null) => void): void;
  rename(from: string, to: string, done: Done): void;
  remove(name: string, done: Done): void;
  syncFolder(done: Done): void;
}
