// `messages.trace`: where messages of an id are now, in every queue that has them, who holds them, and why their queues
// give nothing.

import type { Attributes } from '../../../pkg/protocol/attributes.ts';
import { leaseOf } from '../../domain/entry-moves.ts';
import { asSequence } from '../../domain/ids.ts';
import type { Lease } from '../../domain/lease-table.ts';
import type { State } from '../../domain/state.ts';
import type { Broker } from '../../usecase/broker.ts';
import { type Why, why } from '../../usecase/explain.ts';
import { whyMessage } from '../../usecase/explain-message.ts';
import { type EntryView, type Page, selectedPage } from '../../usecase/inspect.ts';
import type { SearchQuestion, SearchResult } from '../../usecase/messages/search.ts';
import { shownTraceContext } from '../../usecase/trace-context.ts';
import { Args } from './args.ts';
import { messagePage, PAGE_BODY_BYTES } from './message-page.ts';
import { attemptViews, messageView, timesView } from './message-view.ts';
import { fitting, PAGE_BYTES_MAX } from './page-bytes.ts';
import { LETTER_CURSOR, PAGING, paging } from './paging.ts';

export interface TraceWordOptions {
  readonly broker: Broker;
  readonly nowMs: () => number;
  readonly search: (question: SearchQuestion, done: (result: SearchResult) => void) => void;
}

/** Each may be in a queue of its own, and each queue says why. */
const ITEMS_MAX = 25;
const CONSUMERS_SHOWN_MAX = 10;
const WHY_BYTES_MAX = Math.floor(PAGE_BYTES_MAX / 4);

/** Answers later. Throws an ArgumentFault. */
export function traceMessages(
  { broker, nowMs, search }: TraceWordOptions,
  given: unknown,
  answer: (result: object) => void,
): void {
  const args = new Args(given, [...PAGING, 'id', 'tenant_id', 'queue', 'body_bytes']);
  const { after, limit } = paging(args, LETTER_CURSOR);
  const [queue = 0, sequence = 0] = after === null ? [] : after.split(':').map(Number);
  const bodyBytes = args.whole('body_bytes', 0, PAGE_BODY_BYTES, 0);
  const question: SearchQuestion = {
    id: args.text('id'),
    tenant: args.textOrNull('tenant_id'),
    queue: args.textOrNull('queue'),
    behind: { queue, sequence },
    limit: Math.min(limit, ITEMS_MAX),
  };
  search(question, ({ found, searched, unreadable, last }) => {
    const { state, journal, bodies } = broker;
    const all: Page<EntryView> = { ...selectedPage(found, null, question.limit) };
    const page = { ...all, next: all.next ?? (last === null ? null : `${last.queue.id}:${last.sequence}`) };
    messagePage(
      broker,
      page,
      bodyBytes,
      (entry, block, bytes) => ({
        ...traceView(state, entry, block, bytes, journal.durable),
        why: whyMessage(state, entry.queue, asSequence(entry.sequence), journal, bodies, nowMs()),
      }),
      cursorOf,
      (result) => {
        const queues = [...new Set(page.items.slice(0, result.items.length).map((entry) => entry.queue))];
        const reasons = queues.map((each) => shortened(why(state, each, journal, bodies, nowMs())));
        answer({ ...result, queues: reasons.slice(0, fitting(reasons, WHY_BYTES_MAX)), searched, unreadable });
      },
      PAGE_BYTES_MAX - WHY_BYTES_MAX,
    );
  });
}

const cursorOf = ({ queue, sequence }: EntryView): string => `${queue.id}:${sequence}`;

const shortened = (told: Why): Why => ({ ...told, consumers: told.consumers.slice(0, CONSUMERS_SHOWN_MAX) });

const STATES: Partial<Record<EntryView['status'], string>> = { dead: 'dead_letter' };

function traceView(
  state: State,
  entry: EntryView,
  block: Uint8Array | null,
  bodyBytes: number,
  durable: number,
): object {
  const { queue, sequence, status, letter } = entry;
  const {
    status: _,
    payload,
    truncated,
    ...message
  } = messageView(entry, block, bodyBytes) as Readonly<Record<string, unknown>>;
  const lease = leaseOf(state, queue, asSequence(sequence));
  return {
    ...message,
    ...(bodyBytes === 0 ? {} : { payload, truncated }),
    state: STATES[status] ?? status,
    bytes: entry.length,
    position: entry.block.position,
    durable: entry.block.position <= durable,
    lease: lease === undefined ? null : leaseView(lease),
    ...timesView(entry),
    dead_letter:
      letter === null ? null : { at: new Date(letter.atMs).toISOString(), cause: letter.cause, reason: letter.reason },
    ...attemptViews(letter?.history ?? queue.histories.get(asSequence(sequence)) ?? []),
    trace_context: shownTraceContext((message['attributes'] ?? null) as Attributes | null),
  };
}

const leaseView = ({ session, delivery, deadlineMs }: Lease): object => ({
  consumer_id: session.consumer,
  delivery_id: `${delivery}`,
  until: new Date(deadlineMs).toISOString(),
});
