// One broker per data folder. The lock is the highest generation file in `<data folder>/lock`; it is held while its
// holder lives and has not given it back. Nothing waits, nothing expires, and no clock is asked.
//
// Why there is at most one holder
//   1. Whoever claims listens on a socket of its own first, so a refused connect means dead or given back, for ever.
//   2. A claim of g+1 is an exclusive link, tried only after the holder of g was found dead.
//   3. The classic race: two find g dead, one takes g+1 and is replaced, its file is swept, and the slow one links g+1
//      again. But a sweep goes upwards, so g went before g+1 did: the slow one looks for the very g that it judged, does
//      not find it, and withdraws. Where g is still there, g+1 was the next number and the claim is good.
//   4. The holder of g lives: nobody passes 2 for g+1, and no higher number can exist without g+1.
// Why nobody is refused without a holder: a refusal names a claim that was found alive, and was still the newest
// afterwards. A loser of a link looks again at who won.
//
// Limits: one machine. Sockets do not answer across machines, so a folder on a network file system must not be given
// to two of them. The file system must know hard links and Unix sockets (the admin endpoint needs the latter anyway).
// Removing the lock folder by hand while a broker runs removes the protection.

import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { ensureDataFolder } from './data-folder.ts';
import { isListening, LivenessSocket } from './liveness-socket.ts';
import { type ClaimFile, type Generation, LockFolder } from './lock-folder.ts';
import { describeHolder, isSeenRunning, type LockHolder, thisProcess } from './lock-holder.ts';

export interface FolderLock {
  readonly holder: LockHolder;
  /** Gives the folder to whoever asks next. A second call does nothing; the end of the process does the same. */
  release(): void;
}

/** Creates the folder when it is missing. Throws DATA_DIR_LOCKED, naming the holder, or DATA_DIR_UNUSABLE. */
export async function acquireFolderLock(folder: string): Promise<FolderLock> {
  const path = ensureDataFolder(folder);
  const lockFolder = new LockFolder(path);
  try {
    for (;;) {
      const lock = await attempt(lockFolder);
      if (lock !== null) return lock;
    }
  } catch (error) {
    if (error instanceof TachyonError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new TachyonError('DATA_DIR_UNUSABLE', `${path} cannot be locked: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** One identity's attempt; null when a new holder swept its files away before it had claimed, so another is needed. */
async function attempt(folder: LockFolder): Promise<FolderLock | null> {
  const holder = thisProcess(randomBytes(8).toString('base64url'), new Date());
  folder.ensure(holder.nonce);
  const socket = await LivenessSocket.listen(folder.path, holder.nonce);
  let file: ClaimFile | null = null;
  let held: number | null = null;
  try {
    file = folder.prepare(holder);
    held = await contend(folder, file);
    if (held !== null && !socket.reachable) {
      // Swept by an earlier holder. The claim is good, but others would take it for dead: give it back, come again.
      folder.giveBack(file);
      held = null;
    }
    if (held === null) return null;
    folder.sweep(held, holder.nonce);
    return heldLock(folder, file, socket, holder);
  } catch (error) {
    if (held !== null && file !== null) folder.giveBack(file);
    held = null;
    throw error;
  } finally {
    if (held === null) {
      if (file !== null) folder.discard(file);
      socket.close();
    }
  }
}

/** The number won, or null when the claim's file was swept. Each round but the last means that another claim moved. */
async function contend(folder: LockFolder, file: ClaimFile): Promise<number | null> {
  for (;;) {
    const newest = folder.newest();
    if (newest === null) {
      folder.ensure(randomBytes(8).toString('base64url'));
      continue;
    }
    if (newest.holder !== null && (await isAlive(folder, newest.holder))) {
      // Given back or replaced while it was asked: then it is no reason to refuse.
      if (isStill(folder.newest(), newest)) throw locked(folder, newest.holder);
      continue;
    }
    const number = newest.number + 1;
    const claimed = folder.claim(file, number);
    if (claimed === 'swept') return null;
    if (claimed === 'taken') continue;
    if (folder.read(newest.number)?.record === newest.record) return number;
    folder.withdraw(number);
  }
}

/** The process is asked for only where the socket's name is gone: somebody may have cleaned up too eagerly. */
async function isAlive(folder: LockFolder, holder: LockHolder): Promise<boolean> {
  return (await isListening(folder.path, holder.nonce)) || isSeenRunning(holder);
}

function isStill(now: Generation | null, then: Generation): boolean {
  return now !== null && now.number === then.number && now.holder !== null && now.record === then.record;
}

function locked(folder: LockFolder, holder: LockHolder): TachyonError {
  return new TachyonError('DATA_DIR_LOCKED', `${dirname(folder.path)}: ${describeHolder(holder)}`);
}

function heldLock(folder: LockFolder, file: ClaimFile, socket: LivenessSocket, holder: LockHolder): FolderLock {
  let released = false;
  return {
    holder,
    release: () => {
      if (released) return;
      released = true;
      // In this order: whoever finds the socket closed can already read that the lock was given back.
      folder.giveBack(file);
      folder.discard(file);
      socket.close();
    },
  };
}
