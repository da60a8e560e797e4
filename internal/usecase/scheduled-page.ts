// Messages that wait for their first time, in the order of these times, page by page. Asked of the heap of times, which is in no
// order: one look at each of its items finds the earliest.

import { dueAt } from '../domain/entry-table.ts';
import { asQueueId, asSequence } from '../domain/ids.ts';
import type { Queue } from '../domain/queue.ts';
import { isScheduled } from '../domain/rules/schedules.ts';
import type { State } from '../domain/state.ts';
import type { TimeItem } from '../domain/time-heap.ts';
import { type EntryView, entryView, type Page } from './inspect.ts';

/** `time:sequence:queue` of the last item of a page. */
export const SCHEDULED_CURSOR = /^\d{1,16}:\d{1,16}:\d{1,10}$/;

export interface ScheduledQuestion {
  /** Null: of all tenants. */
  readonly tenant: string | null;
  /** Null: of all queues. */
  readonly queue: Queue | null;
  readonly fromMs: number;
  /** That time excluded. */
  readonly toMs: number;
  readonly after: string | null;
  readonly limit: number;
}

export function scheduledPage(state: State, question: ScheduledQuestion, nowMs: number): Page<EntryView> {
  const { tenant, queue, fromMs, toMs, after, limit } = question;
  if (queue?.scheduled === 0) return { items: [], next: null };
  const isWanted = (item: TimeItem): boolean => {
    const of = state.queues.get(item.queue);
    if (of === undefined || of.scheduled === 0 || (tenant !== null && of.tenant !== tenant)) return false;
    const place = of.entries.find(item.sequence);
    return place !== null && dueAt(place) === item.atMs && isScheduled(place, nowMs);
  };
  const found = state.retries.earliest(
    { after: after === null ? null : itemOf(after), fromMs, toMs, queue: queue?.id ?? null, limit: limit + 1 },
    isWanted,
  );
  const items = found.slice(0, limit).flatMap((item) => viewOf(state, item));
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? cursorOf(last) : null };
}

export const cursorOf = ({ waitsUntilMs, sequence, queue }: EntryView): string =>
  `${waitsUntilMs ?? 0}:${sequence}:${queue.id}`;

function itemOf(cursor: string): TimeItem {
  const [atMs = 0, sequence = 0, queue = 0] = cursor.split(':').map(Number);
  return { atMs, sequence: asSequence(sequence), queue: asQueueId(queue) };
}

function viewOf(state: State, item: TimeItem): readonly EntryView[] {
  const queue = state.queues.get(item.queue);
  const place = queue?.entries.find(item.sequence) ?? null;
  return queue === undefined || place === null ? [] : [entryView(queue, place)];
}
