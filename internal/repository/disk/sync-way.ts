// Which way a sync takes: through another thread, or here on the loop. The way there and back costs a program that waits
// for one small sync more than a quick disk does; but the loop must not stand still for a slow one.
//
// Rule: here, while the disk has lately been quick and little was written; after one that was not quick, through the
// thread until so many were quick again.

/** A quick sync takes at most so long, the way through a thread included. */
const QUICK_MS = 1;
/** So many quick ones in a row, and the disk counts as quick. */
const QUICK_SYNCS = 32;
/** More than this is never synced here: it takes as long as its bytes. */
const HERE_BYTES_MAX = 4 * 1024;

export class SyncWay {
  /** Quick ones still to come before a sync may take the short way. */
  #missing = QUICK_SYNCS;

  /** `bytes`: written since the last sync. */
  isHere(bytes: number): boolean {
    return this.#missing === 0 && bytes <= HERE_BYTES_MAX;
  }

  took(ms: number): void {
    this.#missing = ms <= QUICK_MS ? Math.max(0, this.#missing - 1) : QUICK_SYNCS;
  }
}
