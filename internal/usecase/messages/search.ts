// Finds messages by their id, or by their number, among all that the broker holds, dead letters included. Ids stand in blocks, so this reads
// what it looks through: one question looks through so much, and says where the next one goes on.

import { lengthAt, sequenceAt } from '../../domain/entry-table.ts';
import { asSequence } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import type { State } from '../../domain/state.ts';
import type { Timers } from '../ports/timers.ts';
import type { CardReader, MessagePlace } from './cards.ts';
import { walkCards } from './walk-cards.ts';

export interface SearchQuestion {
  /** As its producer gave it, or `#` and its number. */
  readonly id: string;
  /** Null: any. */
  readonly tenant: string | null;
  readonly queue: string | null;
  /** By the number of the queue, then by that of the message in it. */
  readonly behind: { readonly queue: number; readonly sequence: number };
  readonly limit: number;
}

export interface SearchResult {
  readonly found: readonly MessagePlace[];
  /** Messages that were looked at. */
  readonly searched: number;
  /** Of these, those whose blocks are damaged: their ids are not known. */
  readonly unreadable: number;
  /** Behind which message to go on; null at the end. */
  readonly last: MessagePlace | null;
}

export interface SearchOptions {
  readonly state: State;
  readonly read: CardReader;
  readonly timers: Timers;
}

const MESSAGES_MAX = 16_384;
const BYTES_MAX = 32 * 1024 * 1024;
/** Places taken from a queue's table at once: it may change before the next are asked for. */
const RUN = 512;

export function searchMessages(
  { state, read, timers }: SearchOptions,
  question: SearchQuestion,
  done: (result: SearchResult) => void,
): void {
  const found: MessagePlace[] = [];
  let searched = 0;
  let bytes = 0;
  let unreadable = 0;
  let last: MessagePlace | null = null;
  const places = held(state, question);
  const number = numberNamed(question.id);
  let isEnd = false;
  const isEnough = (): boolean => found.length >= question.limit || searched >= MESSAGES_MAX || bytes >= BYTES_MAX;
  walkCards({
    places: {
      next: () => {
        const next = places.next();
        if (next.done === true) isEnd = true;
        else {
          last = next.value;
          searched += 1;
          bytes += next.value.bytes;
        }
        return next;
      },
    },
    read,
    timers,
    take: (place, { messageId, topic }) => {
      if (topic === '') unreadable += 1;
      if (messageId === question.id || place.sequence === number) found.push(place);
    },
    isEnough,
    done: () => done({ found, searched, unreadable, last: isEnd ? null : last }),
  });
}

/** `#28` names a message by its number, whatever id its producer gave it. */
const numberNamed = (id: string): number | null => (/^#\d{1,15}$/.test(id) ? Number(id.slice(1)) : null);

function* held(
  state: State,
  { tenant, queue: name, behind }: SearchQuestion,
): Generator<MessagePlace & { bytes: number }> {
  for (const queue of [...state.queues.values()]) {
    if (queue.id < behind.queue || (tenant !== null && queue.tenant !== tenant)) continue;
    if (name !== null && queue.name !== name) continue;
    let from = queue.id === behind.queue ? behind.sequence + 1 : 0;
    for (let run = runOf(queue, from); run.length > 0; run = runOf(queue, from)) {
      yield* run;
      from = (run.at(-1)?.sequence ?? from) + 1;
    }
  }
}

function runOf(queue: Queue, from: number): (MessagePlace & { bytes: number })[] {
  const run: (MessagePlace & { bytes: number })[] = [];
  for (const place of queue.entries.places(asSequence(from))) {
    run.push({ queue, sequence: sequenceAt(place), bytes: lengthAt(place) });
    if (run.length === RUN) break;
  }
  return run;
}
