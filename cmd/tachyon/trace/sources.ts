// Where a message's life is told: the running broker (what it holds), the journal's files (what happened), the audit log
// (what operators did). Each may be missing; what could not be asked is said.

import { type JournalTrace, traceJournal } from '../../../internal/app/journal/trace-journal.ts';
import type { AdminClient } from '../../../pkg/client/admin.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { PATIENCE_MS, pagesOf, withAdmin } from '../admin.ts';
import { type BrokerOptions, folderOf } from '../commands/options.ts';

export interface Question {
  readonly id: string;
  /** Undefined: any. */
  readonly tenant: string | undefined;
  readonly queue: string | undefined;
}

/** What a source has said, or why it could not be asked. */
export type Asked<T> = { readonly answer: T } | { readonly error: TachyonError };

export interface Held {
  readonly items: readonly JsonObject[];
  /** Answers of the scheduler, by tenant and queue. */
  readonly whys: ReadonlyMap<string, JsonObject>;
  readonly searched: number;
  readonly unreadable: number;
}

export interface Sources {
  readonly broker: Asked<Held>;
  readonly journal: Asked<JournalTrace>;
  readonly audit: Asked<readonly JsonObject[]>;
}

const AUDIT_MAX = 1_000;

/** The broker is asked first: what it settles meanwhile is told by the journal. */
export async function askSources(options: BrokerOptions, question: Question): Promise<Sources> {
  const live = await tried(() =>
    withAdmin(options, async (admin) => {
      const broker = await tried(() => heldBy(admin, question));
      const found = 'answer' in broker ? broker.answer.items.flatMap(({ message_id: id }) => id ?? []).map(String) : [];
      return { broker, audit: await tried(() => auditOf(admin, [...new Set([question.id, ...found])])) };
    }),
  );
  const broker = 'answer' in live ? live.answer.broker : live;
  const audit = 'answer' in live ? live.answer.audit : live;
  const held = 'answer' in broker ? broker.answer.items.map(({ sequence }) => Number(sequence)) : [];
  const known = [...held, ...numberNamed(question.id)];
  const journal = await tried(() =>
    Promise.resolve(
      traceJournal(folderOf(options), {
        id: question.id,
        tenant: question.tenant ?? null,
        queue: question.queue ?? null,
        known: [...new Set(known)],
      }),
    ),
  );
  return { broker, journal, audit };
}

/** `#28` names a message by its number, also one that has an id of its own. */
const numberNamed = (id: string): readonly number[] => (/^#\d{1,15}$/.test(id) ? [Number(id.slice(1))] : []);

async function tried<T>(ask: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { answer: await ask() };
  } catch (error) {
    if (error instanceof TachyonError) return { error };
    throw error;
  }
}

export const queueKey = (object: JsonObject): string =>
  `${String(object['tenant_id'])}\u0000${String(object['queue'])}`;

async function heldBy(admin: AdminClient, { id, tenant, queue }: Question): Promise<Held> {
  const items: JsonObject[] = [];
  const whys = new Map<string, JsonObject>();
  let searched = 0;
  let unreadable = 0;
  let after: string | null = null;
  do {
    const args = { id, queue, tenant_id: tenant, after };
    const page: unknown = await admin.request('messages.trace', args, { timeoutMs: PATIENCE_MS });
    if (!isObject(page)) throw new TachyonError('MALFORMED_CONTROL', 'messages.trace was not answered with a page');
    items.push(...objectsIn(page['items']));
    for (const why of objectsIn(page['queues'])) whys.set(queueKey(why), why);
    searched += Number(page['searched']);
    unreadable += Number(page['unreadable']);
    after = typeof page['next'] === 'string' ? page['next'] : null;
  } while (after !== null);
  return { items, whys, searched, unreadable };
}

/** Of every name by which the log may tell of it. */
async function auditOf(admin: AdminClient, ids: readonly string[]): Promise<readonly JsonObject[]> {
  const events = new Map<number, JsonObject>();
  for (const id of ids) {
    for await (const event of pagesOf(admin, 'audit.list', { id })) {
      events.set(Number(event['number']), event);
      if (events.size >= AUDIT_MAX) break;
    }
  }
  return [...events.values()].sort((a, b) => Number(a['number']) - Number(b['number']));
}

const objectsIn = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
