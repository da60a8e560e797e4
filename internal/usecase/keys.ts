// The partition keys of a queue as operators are shown them: those that are held up first of all, each with the message that is next.
// Made from the lanes when it is asked for; the text of a key is in the block of its message.

import { failedAt, LEASED, sequenceAt, statusAt, WAITING } from '../domain/entry-table.ts';
import type { Lane } from '../domain/lane.ts';
import type { Queue } from '../domain/queue.ts';
import { type EntryView, entryView, PAGE_ITEMS_MAX, type Page } from './inspect.ts';

export type KeyState = 'ready' | 'leased' | 'waiting_retry' | 'parked' | 'paused' | 'scheduled' | 'settling';

export interface KeyView {
  /** The number of the key: what pages go by. */
  readonly lane: number;
  readonly state: KeyState;
  readonly depth: number;
  /** What is next of it; null where nothing stands in line yet. */
  readonly head: EntryView | null;
  /** Of a key that is paused; others say it in their messages. */
  readonly text: string | null;
}

/** Keys in the order of their numbers; `held`: only those that are parked or paused. */
export function keyPage(queue: Queue, held: boolean, after: string | null, limit: number): Page<KeyView> {
  const from = after === null ? 0 : Number(after);
  const numbers = held ? heldKeys(queue) : [...(queue.order?.lanes.keys() ?? [])];
  const wanted = numbers.filter((lane) => lane > from).sort((a, b) => a - b);
  const most = Math.min(limit, PAGE_ITEMS_MAX);
  const items = wanted.slice(0, most).map((lane) => keyView(queue, lane));
  return { items, next: wanted.length > most ? `${items.at(-1)?.lane ?? 0}` : null };
}

const heldKeys = (queue: Queue): number[] => [...new Set([...(queue.order?.parked ?? []), ...queue.pausedKeys.keys()])];

function keyView(queue: Queue, number: number): KeyView {
  const text = queue.pausedKeys.get(number) ?? null;
  const lane = queue.order?.lanes.get(number);
  if (lane === undefined) return { lane: number, state: 'paused', depth: 0, head: null, text };
  const place = queue.order?.headOf(lane) ?? null;
  const head = place === null ? null : entryView(queue, place);
  return { lane: number, state: stateOf(queue, lane), depth: lane.count, head, text };
}

/** What stands between the key and its next message, by the scheduler's own look at it. */
function stateOf(queue: Queue, lane: Lane): KeyState {
  if (queue.pausedKeys.has(lane.key)) return 'paused';
  if (lane.out !== 0) return 'leased';
  const head = queue.order?.headOf(lane) ?? null;
  if (head === null) return 'scheduled';
  if (statusAt(head) === LEASED) return 'leased';
  if (queue.order?.parked.has(lane.key) === true) return 'parked';
  if (statusAt(head) === WAITING) return failedAt(head) > 0 ? 'waiting_retry' : 'scheduled';
  return lane.settling && lane.offered !== sequenceAt(head) ? 'settling' : 'ready';
}
