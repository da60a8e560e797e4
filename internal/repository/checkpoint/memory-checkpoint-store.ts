// The in-memory twin: a broker without a disk checkpoints all the same, so that its journal can be trimmed. Nothing
// outlives the process; what is kept is two positions and the newest bytes.

import { joined } from '../../../pkg/protocol/bytes.ts';
import { NO_POSITION, type Position } from '../../domain/ids.ts';
import type { CheckpointStore, LoadedCheckpoint } from '../../usecase/ports/checkpoint-store.ts';

export class MemoryCheckpointStore implements CheckpointStore {
  #newest: LoadedCheckpoint | null = null;
  #older: Position = NO_POSITION;

  load(): { readonly checkpoint: LoadedCheckpoint | null; readonly damaged: readonly string[] } {
    return { checkpoint: this.#newest, damaged: [] };
  }

  write(
    position: Position,
    timeMs: number,
    parts: readonly Uint8Array[],
    done: (error: Error | null, trimBelow: Position) => void,
  ): void {
    const newest = this.#newest?.position ?? NO_POSITION;
    if (newest < position) this.#older = newest;
    this.#newest = { position, timeMs, bytes: joined(parts) };
    // Later, like the store on disk: nobody may count on being called back inside the turn.
    setImmediate(done, null, this.#older);
  }
}
