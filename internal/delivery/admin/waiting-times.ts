// When the messages of a page that wait are due: tried again, or given for the first time.

import type { State } from '../../domain/state.ts';
import type { EntryView } from '../../usecase/inspect.ts';

export interface WaitingTimes {
  readonly retry_at: string | null;
  readonly due_at: string | null;
}

export type TimesOf = (entry: EntryView) => WaitingTimes;

const NONE: WaitingTimes = { retry_at: null, due_at: null };

/** All that wait are looked at once, as they stand in no order by message; where nothing of the page waits, none is. */
export function waitingTimes(state: State, entries: readonly EntryView[]): TimesOf {
  const waiting = entries.filter(({ status }) => status === 'waiting_retry' || status === 'scheduled');
  if (waiting.length === 0) return () => NONE;
  const byPlace = new Map(waiting.map((entry) => [`${entry.queue.id}:${entry.sequence}`, entry]));
  const times = new Map<EntryView, WaitingTimes>();
  for (const { queue, sequence, failed, atMs } of state.retries) {
    const entry = byPlace.get(`${queue}:${sequence}`);
    if (entry?.attempts !== failed) continue;
    const at = new Date(atMs).toISOString();
    times.set(entry, entry.status === 'scheduled' ? { retry_at: null, due_at: at } : { retry_at: at, due_at: null });
  }
  return (entry) => times.get(entry) ?? NONE;
}
