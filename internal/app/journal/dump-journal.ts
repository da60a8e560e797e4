// The events of a data folder's journal, oldest first, as facts, with a broker at work on the folder or without. Events
// leave one by one, so that the journal may be of any size.

import { TachyonError } from '../../../pkg/protocol/errors.ts';
import type { JsonObject } from '../../../pkg/protocol/json.ts';
import type { Event } from '../../domain/event.ts';
import type { QueueId } from '../../domain/ids.ts';
import { walkJournal } from '../../repository/journal/reading/walk-journal.ts';
import type { BroughtMessage } from './blocks.ts';
import { factsOf } from './event-facts.ts';
import { Follower } from './follower.ts';
import { Names } from './names.ts';
import { openFolder } from './open-folder.ts';

export { EVENT_TYPES } from '../../repository/journal/format/event-codec.ts';

export interface DumpOptions {
  /** Positions, ends included; null: from the oldest on, and to the end. */
  readonly from: number | null;
  readonly to: number | null;
  /** Null: all. */
  readonly types: ReadonlySet<string> | null;
  readonly queue: string | null;
  readonly messageId: string | null;
  /** How much of each body; null: none. */
  readonly bodyBytes: number | null;
}

/**
 * Throws CORRUPT_JOURNAL or FORMAT_TOO_NEW behind the last event that can be told, CORRUPT_JOURNAL also at the end where
 * blocks were damaged on the way, and DATA_DIR_UNUSABLE where there is no such folder.
 */
export function* dumpJournal(folder: string, options: DumpOptions): Generator<JsonObject, void> {
  const disk = openFolder(folder);
  const { from, to, types, queue, messageId, bodyBytes } = options;
  const names = new Names(disk);
  const wants = (id: QueueId): boolean => queue === null || names.queue(id)?.name === queue;
  const follower = messageId === null ? null : new Follower({ id: messageId, names, wants });
  const isWithin = (position: number): boolean => position >= (from ?? 0);
  const facts = {
    names,
    bodyBytes,
    tells: (message: BroughtMessage) =>
      message.queues.some(wants) && (follower === null || follower.follows(message.sequence)),
  };
  let damaged: number | null = null;
  // A message that is looked for may have been accepted before the events that are asked for.
  const wantsBlocks = (position: number): boolean => follower !== null || isWithin(position);
  for (const group of walkJournal({ disk, folder, wantsBlocks })) {
    if (to !== null && group.position > to) break;
    if (group.damaged && isWithin(group.position)) damaged ??= group.position;
    follower?.begin(group);
    for (const { event, placement } of group.events) {
      names.learn(event);
      const isMeant = follower === null ? isOf(event, wants) : follower.take(group, event, placement.offset);
      if (isMeant && isWithin(group.position) && (types === null || types.has(event.type))) {
        yield factsOf(group, event, placement.offset, facts);
      }
      names.forget(event);
    }
  }
  if (damaged !== null) {
    throw new TachyonError(
      'CORRUPT_JOURNAL',
      `blocks of messages are damaged, the first at position ${damaged}: such messages are marked, all else was told.`,
    );
  }
}

/** Whether the event is about a queue that is asked for; where all are, every event is. */
function isOf(event: Event, wants: (id: QueueId) => boolean): boolean {
  if (event.type === 'accepted') return event.sets.some((set) => set.some(wants));
  if (event.type === 'relocated') return event.entries.some(({ queue }) => wants(queue));
  // The name of no queue is asked for by a number that no queue has.
  return wants('queue' in event ? event.queue : (0 as QueueId));
}
