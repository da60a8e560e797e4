// The operator page's view, made from the live broker. However many look at it, the broker is asked once per moment.

import { TachyonError } from '../../pkg/protocol/errors.ts';
import { type AuditEvent, auditPageSchema } from '../schemas/audit.ts';
import { deadLetterPageSchema } from '../schemas/dead-letter.ts';
import { messagePageSchema, type Queue, queuePageSchema } from '../schemas/queue.ts';
import { type Route, routePageSchema } from '../schemas/route.ts';
import { sessionPageSchema } from '../schemas/session.ts';
import type { Overview } from '../schemas/snapshot.ts';
import { statusSchema } from '../schemas/status.ts';
import type { AdminPort } from './admin-link.ts';
import { type Collected, collect } from './pages.ts';
import { backlogOf, deferredOf, recordOf, sessionOf, topologyOf, transitionsOf } from './views.ts';

/** The earlier shapes have no pages, so each list has a bound. */
export const LIST_MAX = 1_000;
const LETTERS_SHOWN = 50;
const LETTERS_SEARCHED = 300;
const BODY_BYTES_SHOWN = 256;
const DEFERRED_SHOWN = 100;
const QUEUES_BROWSED = 10;
const TRANSITIONS_SHOWN = 12;
const FRESH_MS = 1_000;

export class Snapshots {
  readonly #admin: AdminPort;
  readonly #nowMs: () => number;
  #last: { readonly overview: Promise<Overview>; readonly atMs: number; text: Promise<string> | null } | null = null;

  constructor(admin: AdminPort, nowMs: () => number = Date.now) {
    this.#admin = admin;
    this.#nowMs = nowMs;
  }

  /** Made anew at most once a second; a failure is not kept. */
  overview(): Promise<Overview> {
    const atMs = this.#nowMs();
    if (this.#last !== null && atMs - this.#last.atMs < FRESH_MS) return this.#last.overview;
    const overview = this.#make();
    const made = { overview, atMs, text: null };
    this.#last = made;
    overview.catch(() => {
      if (this.#last === made) this.#last = null;
    });
    return overview;
  }

  /** The same as JSON, written once for all who get it. */
  text(): Promise<string> {
    const overview = this.overview();
    const last = this.#last;
    if (last === null) return overview.then((each) => JSON.stringify(each));
    last.text ??= overview.then((each) => JSON.stringify(each));
    return last.text;
  }

  async catalog(): Promise<Overview['route_catalog']> {
    return { version: 1, routes: [...(await this.#routes()).items] };
  }

  async sessions(): Promise<Overview['consumer_sessions']> {
    const { items } = await collect(this.#admin, 'sessions.list', {}, sessionPageSchema, LIST_MAX);
    return { count: items.length, sessions: items.map(sessionOf) };
  }

  async backlog(): Promise<Overview['backlog']> {
    const [status, sessions, queues] = await Promise.all([
      this.#admin.read('status', {}, statusSchema),
      collect(this.#admin, 'sessions.list', {}, sessionPageSchema, LIST_MAX),
      collect(this.#admin, 'queues.list', {}, queuePageSchema, LIST_MAX),
    ]);
    return backlogOf(status, sessions.items, queues.items, this.#nowMs());
  }

  /** What waits: all of it counted, the first of it listed. */
  async deferred(): Promise<Overview['deferred_queue']> {
    const { items: queues } = await collect(this.#admin, 'queues.list', {}, queuePageSchema, LIST_MAX);
    const waiting = queues.filter((queue) => heldBack(queue) > 0);
    const pages = await Promise.all(
      waiting.slice(0, QUEUES_BROWSED).map(({ queue, tenant_id }) => {
        const args = { queue, tenant_id, limit: DEFERRED_SHOWN, body_bytes: 0 };
        return this.#admin.read('queues.browse', args, messagePageSchema).catch(emptyIfGone);
      }),
    );
    const entries = pages.flatMap(({ items }) => items.filter(({ status }) => status !== 'leased').map(deferredOf));
    const count = waiting.reduce((sum, queue) => sum + heldBack(queue), 0);
    return { count, entries: entries.slice(0, DEFERRED_SHOWN) };
  }

  async transitions(limit = TRANSITIONS_SHOWN): Promise<Overview['recent_transitions']> {
    const [letters, events] = await Promise.all([
      collect(this.#admin, 'dlq.list', { body_bytes: 0 }, deadLetterPageSchema, LETTERS_SEARCHED),
      this.#events(),
    ]);
    const transitions = transitionsOf(letters.items, events, limit);
    return { count: transitions.length, transitions: [...transitions] };
  }

  async #make(): Promise<Overview> {
    const [routes, sessions, backlog, letters, deferred, transitions] = await Promise.all([
      this.#routes(),
      this.sessions(),
      this.backlog(),
      collect(this.#admin, 'dlq.list', { body_bytes: BODY_BYTES_SHOWN }, deadLetterPageSchema, LETTERS_SHOWN),
      this.deferred(),
      this.transitions(),
    ]);
    return {
      generated_at: new Date(this.#nowMs()).toISOString(),
      route_catalog: { version: 1, routes: [...routes.items] },
      route_topology: topologyOf(routes.items),
      consumer_sessions: sessions,
      backlog,
      dead_letters: { count: backlog.dead_letter_total, records: letters.items.map(recordOf) },
      deferred_queue: deferred,
      recent_transitions: transitions,
    };
  }

  #routes(): Promise<Collected<Route>> {
    return collect(this.#admin, 'routes.list', {}, routePageSchema, LIST_MAX);
  }

  /** The newest events stand at the end of the log. A broker whose log cannot be read has none to show. */
  async #events(): Promise<readonly AuditEvent[]> {
    const start = new Date(this.#nowMs() - 3_600_000).toISOString();
    try {
      return (await collect(this.#admin, 'audit.list', { start }, auditPageSchema, LIST_MAX)).items;
    } catch (error) {
      if (error instanceof TachyonError && UNTOLD.has(error.code)) return [];
      throw error;
    }
  }
}

/** Messages of a queue that no consumer holds, as far as they can be read. */
const heldBack = ({ ready, waiting_retry, scheduled = 0 }: Queue): number => ready + waiting_retry + scheduled;

const UNTOLD: ReadonlySet<string> = new Set(['UNKNOWN_CONTROL', 'AUDIT_UNAVAILABLE', 'AUDIT_BROKEN']);

/** A queue may be deleted between the list and the look at it. */
function emptyIfGone(error: unknown): { readonly items: [] } {
  if (error instanceof TachyonError && error.code === 'QUEUE_NOT_FOUND') return { items: [] };
  throw error;
}
