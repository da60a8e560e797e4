// One story of what the sources tell: for each message what happened to it, in order, and where it is now. Where they
// differ, an end that the journal tells is the newer word, as nothing comes back from it; else the broker is.

import type { Biography, Copy, CopyState, Step } from '../../../internal/app/journal/biography.ts';
import type { JournalTrace } from '../../../internal/app/journal/trace-journal.ts';
import type { JsonObject } from '../../../pkg/protocol/json.ts';
import { isObject } from '../../../pkg/protocol/json.ts';
import { shellWord } from '../../../pkg/protocol/shell-word.ts';
import { type Asked, type Held, queueKey, type Sources } from './sources.ts';

export interface Place extends Omit<Copy, 'state'> {
  readonly state: CopyState | 'unreadable';
  readonly dead_letter: JsonObject | null;
  /** The scheduler's own answer, where the message waits for it. */
  readonly why: { readonly reason: string; readonly detail: string } | null;
  /** What would change it; empty where nothing has to. */
  readonly next_step: string;
}

export interface StoryMessage extends Omit<Biography, 'queues'> {
  readonly durable: boolean;
  readonly queues: readonly Place[];
}

export interface Story {
  readonly message_id: string;
  readonly messages: readonly StoryMessage[];
  /** Of very many messages of one id only some are told. */
  readonly messages_left_out: number;
  readonly audit: readonly object[];
  readonly sources: JsonObject;
}

export function storyOf(id: string, { broker, journal, audit }: Sources): Story {
  const held = 'answer' in broker ? broker.answer : null;
  const told = 'answer' in journal ? journal.answer : null;
  const bySequence = new Map<number, { biography: Biography | null; items: JsonObject[] }>();
  for (const biography of told?.messages ?? []) bySequence.set(biography.sequence, { biography, items: [] });
  for (const item of held?.items ?? []) {
    const sequence = Number(item['sequence']);
    const known = bySequence.get(sequence);
    if (known === undefined) bySequence.set(sequence, { biography: null, items: [item] });
    else known.items.push(item);
  }
  const messages = [...bySequence]
    .sort(([a], [b]) => a - b)
    .map(([sequence, { biography, items }]) => messageOf(id, sequence, biography, items, held, told));
  return {
    message_id: id,
    messages,
    messages_left_out: told?.messages_left_out ?? 0,
    audit: 'answer' in audit ? audit.answer : (told?.actions ?? []),
    sources: {
      broker: source(broker, ({ searched, unreadable }) => ({ searched, unreadable })),
      journal: source(journal, ({ from, through, damaged_groups: damaged, fault }) => ({
        from,
        through,
        damaged_groups: damaged,
        fault: fault === null ? null : { code: fault.code, detail: fault.detail },
      })),
      audit: source(audit, (events) => ({ events: events.length })),
    },
  };
}

const source = <T>(asked: Asked<T>, view: (answer: T) => object): object =>
  'answer' in asked
    ? { asked: true, ...view(asked.answer) }
    : { asked: false, code: asked.error.code, detail: asked.error.detail };

function messageOf(
  id: string,
  sequence: number,
  biography: Biography | null,
  items: readonly JsonObject[],
  held: Held | null,
  told: JournalTrace | null,
): StoryMessage {
  const item = items[0] ?? {};
  const steps: Step[] = [...earlierSteps(items, biography, told), ...(biography?.steps ?? [])];
  const text = (name: string): string | null => (typeof item[name] === 'string' ? item[name] : null);
  const position = biography?.position ?? null;
  return {
    message_id: id,
    sequence,
    topic: text('topic') ?? biography?.topic ?? null,
    bytes: typeof item['bytes'] === 'number' ? item['bytes'] : (biography?.bytes ?? null),
    trace_context:
      biography?.trace_context ?? (item['trace_context'] as Biography['trace_context'] | undefined) ?? null,
    accepted_at: biography?.accepted_at ?? text('accepted_at'),
    position,
    durable: item['durable'] === true || (position !== null && position <= (told?.durable ?? 0)) || isOld(steps),
    queues: placesOf(id, biography, items, held),
    steps,
    steps_left_out: biography?.steps_left_out ?? 0,
  };
}

/** Only what is on disk is given to a consumer, or moved. */
const isOld = (steps: readonly Step[]): boolean => steps.some(({ event }) => event !== 'accepted');

/** What the broker knows of the time before the journal's oldest segment. */
function earlierSteps(
  items: readonly JsonObject[],
  biography: Biography | null,
  told: JournalTrace | null,
): readonly Step[] {
  const [item] = items;
  if (item === undefined || (biography !== null && biography.position !== null)) return [];
  const beginsAt = told?.from?.at ?? '9999';
  const steps: Step[] = [
    {
      at: String(item['accepted_at']),
      position: null,
      event: 'accepted',
      queue: null,
      tenant_id: null,
      queues: items.map(({ queue }) => String(queue)),
    },
  ];
  for (const copy of items) {
    const history = Array.isArray(copy['history']) ? copy['history'].filter(isObject) : [];
    for (const { at, cause, reason, attempt, consumer_id: consumer } of history) {
      if (String(at) >= beginsAt) continue;
      steps.push({
        at: String(at),
        position: null,
        event: cause === 'redriven' ? 'replayed' : 'failed',
        queue: String(copy['queue']),
        tenant_id: String(copy['tenant_id']),
        ...(cause === 'redriven' ? { actor: consumer, reason } : { consumer_id: consumer, attempt, cause, reason }),
      });
    }
  }
  return steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

const GONE: readonly string[] = ['settled', 'purged', 'queue_deleted'];

function placesOf(
  id: string,
  biography: Biography | null,
  items: readonly JsonObject[],
  held: Held | null,
): readonly Place[] {
  const live = new Map(items.map((item) => [queueKey(item), item]));
  const places: Place[] = [];
  for (const copy of biography?.queues ?? []) {
    const key = queueKey({ ...copy });
    const item = live.get(key);
    live.delete(key);
    const isNewer = item === undefined || GONE.includes(copy.state);
    places.push(isNewer ? { ...copy, dead_letter: null, why: null, next_step: '' } : placeOf(id, item, held));
  }
  for (const item of live.values()) places.push(placeOf(id, item, held));
  return places;
}

const WAITS: readonly string[] = ['ready', 'waiting_retry', 'unreadable'];

function placeOf(id: string, item: JsonObject, held: Held | null): Place {
  const state = item['state'] as Place['state'];
  const why = WAITS.includes(state) ? (held?.whys.get(queueKey(item)) ?? null) : null;
  const advice = state === 'dead_letter' ? `tachyon dlq inspect --id ${shellWord(id)}` : textOf(why?.['next_step']);
  return {
    queue: String(item['queue']),
    tenant_id: String(item['tenant_id']),
    state,
    attempts: Number(item['failed_deliveries']),
    returned: Number(item['returned']),
    lease: (item['lease'] ?? null) as Place['lease'],
    retry_at: (item['retry_at'] ?? null) as string | null,
    dead_letter: isObject(item['dead_letter']) ? item['dead_letter'] : null,
    why: why === null ? null : { reason: textOf(why['reason']), detail: textOf(why['detail']) },
    next_step: advice,
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
