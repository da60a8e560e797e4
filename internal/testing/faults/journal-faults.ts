// Planted faults of the journal, each a disk that makes an honest journal behave as a careless one would. The crash
// suites must find every one of them.

import { GROUP_MAGIC } from '../../repository/journal/format/layout.ts';
import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';

export const JOURNAL_FAULTS = [
  /** A round is confirmed when its sync was asked for, not when it is done. */
  'confirm before sync',
  /** A new segment is used though its name may not survive. */
  'skipped folder sync',
  /** Recovery leaves the remains of a torn tail where they are. */
  'torn tail kept',
  /** A failed sync is called again, and believed. */
  'failed sync retried',
  /** Groups that a failed sync left in the page cache count as durable at the next start. */
  'unmarked tail not written again',
] as const;
export type JournalFault = (typeof JOURNAL_FAULTS)[number];

type Opened = (error: Error | null, file: DiskFile | null) => void;

export function faultyDisk(disk: Disk, fault: JournalFault): Disk {
  const wrap = (file: DiskFile): DiskFile => faultyFile(file, fault);
  const wrapped =
    (done: Opened): Opened =>
    (error, file) =>
      done(error, file === null ? null : wrap(file));
  const skipsFolderSync = fault === 'skipped folder sync';
  return {
    listSync: () => disk.listSync(),
    openSync: (name, mode) => wrap(disk.openSync(name, mode)),
    createSync: (name) => wrap(disk.createSync(name)),
    renameSync: (from, to) => disk.renameSync(from, to),
    removeSync: (name) => disk.removeSync(name),
    syncFolderSync: () => {
      if (!skipsFolderSync) disk.syncFolderSync();
    },
    open: (name, mode, done) => disk.open(name, mode, wrapped(done)),
    create: (name, done) => disk.create(name, wrapped(done)),
    rename: (from, to, done) => disk.rename(from, to, done),
    remove: (name, done) => disk.remove(name, done),
    // As long as the real one would take: told when a look at an absent file has failed.
    syncFolder: (done) => (skipsFolderSync ? disk.open('', 'read', () => done(null)) : disk.syncFolder(done)),
  };
}

const beginsGroup = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === GROUP_MAGIC;

function faultyFile(file: DiskFile, fault: JournalFault): DiskFile {
  // Recovery syncs at once what it has written; what a round writes waits for a sync that is told. The one is forgotten,
  // the other is not.
  const unwritten: { readonly bytes: Uint8Array; readonly offset: number }[] = [];
  // Only rounds are confirmed early: preparing a segment stays honest.
  let holdsGroups = false;
  const writeSync = (bytes: Uint8Array, offset: number): void => {
    const zeros = bytes.every((byte) => byte === 0);
    holdsGroups ||= beginsGroup(bytes);
    if (fault === 'torn tail kept' && zeros) return;
    if (fault === 'unmarked tail not written again' && !zeros) unwritten.push({ bytes: bytes.slice(), offset });
    else file.writeSync(bytes, offset);
  };
  const write = (bytes: Uint8Array, offset: number, done: Done): void => {
    holdsGroups ||= beginsGroup(bytes);
    file.write(bytes, offset, done);
  };
  const sync = (done: Done): void => {
    for (const { bytes, offset } of unwritten.splice(0)) file.writeSync(bytes, offset);
    if (fault === 'confirm before sync' && holdsGroups) {
      file.sync(() => undefined);
      file.read(new Uint8Array(0), 0, () => done(null));
    } else if (fault === 'failed sync retried') {
      file.sync((error) => (error === null ? done(null) : file.sync(done)));
    } else {
      file.sync(done);
    }
  };
  return {
    name: file.name,
    readSync: (into, offset) => file.readSync(into, offset),
    read: (into, offset, done) => file.read(into, offset, done),
    writeSync,
    write,
    syncSync: () => {
      unwritten.length = 0;
      file.syncSync();
    },
    sync,
    truncateSync: (size) => file.truncateSync(size),
    sizeSync: () => file.sizeSync(),
    close: () => file.close(),
  };
}
