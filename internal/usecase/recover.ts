// Recovery: a checkpoint, then evolve over the groups that follow it, effects discarded. The same evolve that the
// running broker uses; what it may not know is made good by the first decision after it (`start`).

import { invariant } from '../domain/assert.ts';
import type { BlockLedger } from '../domain/entry-moves.ts';
import { evolve } from '../domain/evolve.ts';
import { NO_POSITION, type Position } from '../domain/ids.ts';
import type { State } from '../domain/state.ts';
import { decodeCapture } from './checkpoint/codec.ts';
import { Restoration } from './checkpoint/restore.ts';
import type { AuditEntry } from './ports/audit-store.ts';
import type { LoadedCheckpoint } from './ports/checkpoint-store.ts';
import type { ReplayedGroup } from './ports/journal.ts';

/** What an opened journal offers to recovery. */
export interface Replay {
  /**
   * Visits all groups on disk in order of position. At or below `fullFrom` only `accepted` and `relocated` events
   * need be decoded, above it all are.
   */
  replay(fullFrom: Position, visit: (group: ReplayedGroup) => void): void;
}

export interface Recovered {
  readonly groups: number;
  readonly events: number;
  /** The latest broker time found. */
  readonly lastTimeMs: number;
  readonly position: Position;
}

/** Fills an empty state, and gives the operators' actions that the audit log may lack. Throws CORRUPT_JOURNAL when the checkpoint and the segments do not tell one story. */
export function recover(
  state: State,
  journal: Replay & BlockLedger,
  checkpoint: LoadedCheckpoint | null,
  onAction: (entry: AuditEntry) => void = () => undefined,
): Recovered {
  const from = checkpoint?.position ?? NO_POSITION;
  let restoration =
    checkpoint === null ? null : new Restoration(state, decodeCapture(checkpoint.bytes, checkpoint.position), journal);
  let groups = 0;
  let events = 0;
  let lastTimeMs = checkpoint?.timeMs ?? 0;
  let position = from;
  journal.replay(from, (group) => {
    groups += 1;
    lastTimeMs = Math.max(lastTimeMs, group.timeMs);
    if (group.position <= from) {
      invariant(restoration !== null, 'groups come in the order of their positions');
      for (const { event, placement } of group.events) {
        if (event.type === 'accepted') restoration.accepted(event, placement);
        else if (event.type === 'relocated') restoration.relocated(event, placement);
        else if (event.type === 'traits-carried') restoration.traitsCarried(event);
      }
      return;
    }
    restoration?.finish();
    restoration = null;
    position = group.position;
    for (const { event, placement } of group.events) {
      events += 1;
      evolve(state, event, placement, journal);
      if (event.type === 'operator-action') onAction({ action: event, at: placement.position });
    }
  });
  restoration?.finish();
  state.dirty.clear();
  return { groups, events, lastTimeMs, position };
}
