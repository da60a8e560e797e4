// Judges a data folder as a start would, and starts nothing: for backups, and for whoever wants to know before they need
// it. Under the folder's lock, so that no broker is at work on it. Bodies are verified when they are read, not here.

import { existsSync } from 'node:fs';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { DEFAULT_LIMITS } from '../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../domain/queue-policy.ts';
import { State } from '../domain/state.ts';
import { FileCheckpointStore } from '../repository/checkpoint/file-checkpoint-store.ts';
import { acquireFolderLock } from '../repository/disk/folder-lock.ts';
import { NodeDisk } from '../repository/disk/node-disk.ts';
import { openJournal } from '../repository/journal/open-journal.ts';
import { RadixRouteIndex } from '../repository/routes/radix-route-index.ts';
import { fingerprint } from '../usecase/fingerprint.ts';
import { systemTimers } from './node-world.ts';
import { recoverJournal } from './recover-journal.ts';

export interface FolderReport {
  readonly data_folder: string;
  readonly position: number;
  readonly checkpoint: number;
  /** How the journal ends; a torn tail is repaired by the next start. */
  readonly ending: string;
  readonly queues: number;
  readonly messages: number;
  readonly dead_letters: number;
  /** One number for the whole state: two folders with the same hold the same. */
  readonly state: string;
}

/** Throws what a start would: DATA_DIR_LOCKED, CORRUPT_JOURNAL, FORMAT_TOO_NEW, DATA_DIR_UNUSABLE. */
export async function verifyFolder(folder: string): Promise<FolderReport> {
  return lockedFolder(folder, () => Promise.resolve(judgedFolder(folder)));
}

/** Runs `work` while no broker can begin on the folder. */
export async function lockedFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (!existsSync(folder)) throw new TachyonError('DATA_DIR_UNUSABLE', `${folder} is not there`);
  const lock = await acquireFolderLock(folder);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** The folder's lock must be held. */
export function judgedFolder(folder: string): FolderReport {
  const disk = new NodeDisk(folder);
  const journal = openJournal({
    disk,
    folder,
    timers: systemTimers,
    salt: () => 0,
    segmentBytes: 1024 * 1024,
    tailCacheBytes: 0,
    retryMs: 1_000,
  });
  const { checkpoint } = new FileCheckpointStore(disk).load();
  const state = new State(new RadixRouteIndex(), DEFAULT_LIMITS, DEFAULT_QUEUE_POLICY);
  const { position } = recoverJournal(state, journal, checkpoint);
  return {
    data_folder: folder,
    position,
    checkpoint: checkpoint?.position ?? 0,
    ending: journal.ending,
    queues: state.queues.size,
    messages: [...state.queues.values()].reduce((sum, { depth }) => sum + depth, 0),
    dead_letters: state.deadLetters,
    state: fingerprint(state),
  };
}
