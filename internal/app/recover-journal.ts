// Recovery over the world's journal. A message that lives by the checkpoint and stands nowhere was in a file that is
// gone; only the journal knows which files there are, so it names the one.

import type { State } from '../domain/state.ts';
import { LostMessage } from '../usecase/checkpoint/lost-message.ts';
import type { AuditEntry } from '../usecase/ports/audit-store.ts';
import type { LoadedCheckpoint } from '../usecase/ports/checkpoint-store.ts';
import { type Recovered, recover } from '../usecase/recover.ts';
import type { SoundJournal } from './world.ts';

export function recoverJournal(
  state: State,
  sound: SoundJournal,
  checkpoint: LoadedCheckpoint | null,
  onAction?: (entry: AuditEntry) => void,
): Recovered {
  try {
    return recover(state, sound, checkpoint, onAction);
  } catch (error) {
    if (!(error instanceof LostMessage)) throw error;
    throw sound.missing?.(error.detail) ?? error;
  }
}
