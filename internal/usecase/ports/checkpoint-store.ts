// Checkpoints: the small part of the durable state that segments do not tell by themselves, at one position.

import type { Position } from '../../domain/ids.ts';

export interface LoadedCheckpoint {
  readonly position: Position;
  readonly timeMs: number;
  readonly bytes: Uint8Array;
}

export interface CheckpointStore {
  /** The newest checkpoint that is whole, or null; a damaged newer one is reported in `damaged`, by file name. */
  load(): { readonly checkpoint: LoadedCheckpoint | null; readonly damaged: readonly string[] };
  /**
   * Writes one in slices, off the turn: temporary file, sync, rename, folder sync. On success two generations
   * remain, and `done` is given the position of the older: trim below it, so that either can be started from.
   */
  write(
    position: Position,
    timeMs: number,
    parts: readonly Uint8Array[],
    done: (error: Error | null, trimBelow: Position) => void,
  ): void;
}
