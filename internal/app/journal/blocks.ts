// The messages that an event brings along, read from the blocks of its group: who they are, and their bodies if wanted.

import { BlockView } from '../../../pkg/protocol/block.ts';
import { messageName } from '../../../pkg/protocol/delivered/facts.ts';
import type { Event } from '../../domain/event.ts';
import type { QueueId } from '../../domain/ids.ts';
import type { WalkedGroup } from '../../repository/journal/reading/walk-journal.ts';

export interface BroughtMessage {
  readonly sequence: number;
  readonly bytes: number;
  readonly queues: readonly QueueId[];
  /** Null where the blocks of the group are damaged. */
  /** When it may be given at the earliest; 0: at once. */
  readonly dueMs: number;
  readonly block: BlockView | null;
  /** Queues in which it was a dead letter from the first, and why. */
  readonly letters?: readonly { readonly queue: QueueId; readonly reason: string }[];
  /** The dead letter that it is a copy of. */
  readonly copyOf?: { readonly queue: QueueId; readonly sequence: number };
}

/** Of `accepted` and `relocated`, in order; none of any other event. `offset` is that of its placement. */
export function* broughtMessages(group: WalkedGroup, event: Event, offset: number): Generator<BroughtMessage> {
  const { blocks } = group;
  const view = (at: number): BlockView | null => (blocks === null ? null : new BlockView(blocks, at));
  if (event.type === 'relocated') {
    const { sequence, length, entries } = event;
    yield { sequence, bytes: length, queues: entries.map(({ queue }) => queue), dueMs: 0, block: view(offset) };
  } else if (event.type === 'accepted') {
    const { firstSequence, lengths, sets, setOf, times = [], notes = {} } = event;
    const due = new Map(times.map(({ index, dueMs }) => [index, dueMs]));
    let at = offset;
    for (const [index, bytes] of lengths.entries()) {
      yield {
        sequence: firstSequence + index,
        bytes,
        queues: sets[setOf[index] ?? 0] ?? [],
        dueMs: due.get(index) ?? 0,
        block: view(at),
        letters: (notes.letters ?? []).filter((letter) => letter.index === index),
        ...(notes.copyOf === undefined ? {} : { copyOf: notes.copyOf }),
      };
      at += bytes;
    }
  }
}

/** The id that operators know it by; null where it cannot be read. */
export const idOf = ({ block, sequence }: BroughtMessage): string | null =>
  block === null ? null : messageName(block.messageId, sequence);
