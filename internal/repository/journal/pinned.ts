// The journal held still for whoever copies its files: nothing goes from the old end while a pin is there, since segments
// go in order and the oldest one is held. What is named was synced, so bytes at or below it do not change any more.

import { asPosition } from '../../domain/ids.ts';
import type { JournalPin } from '../../usecase/ports/journal.ts';
import type { Segment } from './segment.ts';
import type { SegmentTable } from './segment-table.ts';

/** Null before anything is durable. `onRelease`: segments may have become removable. */
export function pinned(table: SegmentTable, durable: number, onRelease: () => void): JournalPin | null {
  const last = durable === 0 ? undefined : table.find(durable);
  if (last === undefined) return null;
  const first = table.segments[0] as Segment;
  first.pins += 1;
  return {
    position: asPosition(durable),
    firstSegment: first.id,
    lastSegment: last.id,
    lastBytes: last.endOf(durable),
    release: () => {
      first.pins -= 1;
      onRelease();
    },
  };
}
