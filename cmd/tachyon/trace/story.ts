// One story of what the sources tell: for each message what happened to it, in order, and where it is now. Where they
// differ, an end that the journal tells is the newer word, as nothing comes back from it; else the broker is.

import type { Biography, Copy, CopyState, Step } from '../../../internal/app/journal/biography.ts';
import {
  type EarlierAttempt,
  type EarlierCopy,
  earlierSteps,
  type ShownLetter,
} from '../../../internal/app/journal/earlier-steps.ts';
import type { JournalTrace } from '../../../internal/app/journal/trace-journal.ts';
import type { JsonObject } from '../../../pkg/protocol/json.ts';
import { isObject } from '../../../pkg/protocol/json.ts';
import { shellWord } from '../../../pkg/protocol/shell-word.ts';
import { type Asked, type Held, queueKey, type Sources } from './sources.ts';

export interface Place extends Omit<Copy, 'state' | 'unknown' | 'dead_letter'> {
  readonly state: CopyState | 'unreadable';
  readonly dead_letter: JsonObject | null;
  /** The scheduler's own answer, where the message waits for it; or why it is not known where it is. */
  readonly why: { readonly reason: string; readonly detail: string } | null;
  /** What would change it; empty where nothing has to. */
  readonly next_step: string;
}

export interface StoryMessage extends Omit<Biography, 'queues' | 'earlier'> {
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
    if (known !== undefined) known.items.push(item);
    else if (told?.leftOut.has(sequence) !== true) bySequence.set(sequence, { biography: null, items: [item] });
  }
  const messages = [...bySequence]
    .sort(([a], [b]) => a - b)
    .map(([sequence, { biography, items }]) => messageOf(id, sequence, biography, items, held, told));
  return {
    message_id: id,
    messages,
    messages_left_out: told?.leftOut.size ?? 0,
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
  const steps: Step[] = [...stepsBefore(items, biography, told), ...(biography?.steps ?? [])];
  const text = (name: string): string | null => (typeof item[name] === 'string' ? item[name] : null);
  const position = biography?.position ?? null;
  // Asked for by its number it may have an id of its own.
  const name = text('message_id') ?? biography?.message_id ?? id;
  return {
    message_id: name,
    sequence,
    topic: text('topic') ?? biography?.topic ?? null,
    bytes: typeof item['bytes'] === 'number' ? item['bytes'] : (biography?.bytes ?? null),
    trace_context:
      biography?.trace_context ?? (item['trace_context'] as Biography['trace_context'] | undefined) ?? null,
    accepted_at: biography?.accepted_at ?? text('accepted_at'),
    position,
    durable: item['durable'] === true || (position !== null && position <= (told?.durable ?? 0)) || isOld(steps),
    queues: placesOf(name, biography, items, held),
    steps,
    steps_left_out: biography?.steps_left_out ?? 0,
  };
}

/** Only what is on disk is given to a consumer, or moved. */
const isOld = (steps: readonly Step[]): boolean => steps.some(({ event }) => event !== 'accepted');

/** What the broker, or a checkpoint, knows of the time before the journal's oldest segment. */
function stepsBefore(
  items: readonly JsonObject[],
  biography: Biography | null,
  told: JournalTrace | null,
): readonly Step[] {
  if (biography !== null && biography.position !== null) return [];
  const beginsAt = told?.from?.at ?? '9999';
  const [item] = items;
  if (item !== undefined) return earlierSteps(String(item['accepted_at']), items.map(earlierCopy), beginsAt);
  return biography === null ? [] : earlierSteps(biography.accepted_at, biography.earlier, beginsAt);
}

/** The views of the broker have these fields under these names. */
const earlierCopy = (item: JsonObject): EarlierCopy => ({
  queue: String(item['queue']),
  tenant_id: String(item['tenant_id']),
  history: (Array.isArray(item['history']) ? item['history'].filter(isObject) : []) as unknown as EarlierAttempt[],
  dead_letter: isObject(item['dead_letter']) ? (item['dead_letter'] as unknown as ShownLetter) : null,
});

const GONE: readonly string[] = ['settled', 'expired', 'cancelled', 'purged', 'moved', 'queue_deleted'];

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
    places.push(isNewer ? toldPlace(id, copy) : placeOf(id, item, held));
  }
  for (const item of live.values()) places.push(placeOf(id, item, held));
  return places;
}

/** As the files tell it. */
function toldPlace(id: string, { unknown, dead_letter: letter, ...copy }: Copy): Place {
  return {
    ...copy,
    dead_letter: letter === null ? null : { ...letter },
    why: unknown === null ? null : { reason: 'not_told', detail: unknown },
    next_step: copy.state === 'dead_letter' ? inspection(id, copy.tenant_id) : '',
  };
}

const inspection = (id: string, tenant: string): string =>
  `tachyon dlq inspect --id ${shellWord(id)}${tenant === '' ? '' : ` --tenant ${shellWord(tenant)}`}`;

const WAITS: readonly string[] = ['ready', 'waiting_retry', 'scheduled', 'unreadable'];

function placeOf(id: string, item: JsonObject, held: Held | null): Place {
  const state = item['state'] as Place['state'];
  const own = isObject(item['why']) ? item['why'] : (held?.whys.get(queueKey(item)) ?? null);
  const why = WAITS.includes(state) ? own : null;
  const tenant = String(item['tenant_id']);
  const advice = state === 'dead_letter' ? inspection(id, tenant) : textOf(why?.['next_step']);
  return {
    queue: String(item['queue']),
    tenant_id: tenant,
    state,
    attempts: Number(item['failed_deliveries']),
    returned: Number(item['returned']),
    deliveries: Number(item['deliveries']),
    lease: (item['lease'] ?? null) as Place['lease'],
    retry_at: (item['retry_at'] ?? null) as string | null,
    due_at: (item['due_at'] ?? null) as string | null,
    dead_letter: isObject(item['dead_letter']) ? item['dead_letter'] : null,
    why: why === null ? null : { reason: textOf(why['reason']), detail: textOf(why['detail']) },
    next_step: advice,
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
