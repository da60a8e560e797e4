// The admin endpoint's words: changes become commands of the next turn; questions are answered from the state as it
// stands between two turns, and say at which position.

import type { AdminRequest } from '../../../pkg/protocol/control/replies.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { CONTROL_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import type { Command } from '../../domain/command.ts';
import type { Refusal } from '../../domain/effect.ts';
import { NO_POSITION, type PeerId } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import type { Broker } from '../../usecase/broker.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import {
  browsePage,
  deadLetterPage,
  type EntryView,
  PAGE_ITEMS_MAX,
  type Page,
  type QueueDetail,
  queueDetail,
  queuePage,
  routePage,
  sessionPage,
  statusView,
} from '../../usecase/inspect.ts';
import { readBlocks } from '../../usecase/read-blocks.ts';
import { Args, ArgumentFault } from './args.ts';
import { deadLetterView, messageView } from './message-view.ts';
import { operatorCommand } from './operator-words.ts';
import { fitting, PAGE_BYTES_MAX } from './page-bytes.ts';

const BODY_BYTES_DEFAULT = 1_024;
/** A reply is one control message: bodies in a page share this much. */
const PAGE_BODY_BYTES = Math.floor(CONTROL_BYTES_MAX / 3);
/** What one message without its body may cost in a page. */
const MESSAGE_ITEMS_MAX = 100;
const LIST_ITEMS_DEFAULT = 200;

export interface AdminDeskOptions {
  readonly broker: Broker;
  readonly nowMs: () => number;
  /** Version, endpoints, event-loop delay: what only the composition knows. */
  readonly about: () => object;
  /** Reads a file of the earlier system and makes the command: the core reads no files. */
  readonly importFile: (
    kind: 'catalog' | 'dlq',
    path: string,
    request: { peer: PeerId; id: number; operator: { actor: string; reason: string } },
  ) => Promise<Command>;
  readonly submit: (commands: readonly Command[]) => void;
  readonly send: (outgoing: readonly Outgoing[]) => void;
}

export class AdminDesk {
  readonly #options: AdminDeskOptions;

  constructor(options: AdminDeskOptions) {
    this.#options = options;
  }

  /** The command of the request, or null when it was answered, or will be. */
  take(peer: PeerId, { id, word, args }: AdminRequest): Command | null {
    try {
      const command = operatorCommand(word, { peer, id }, args);
      if (command !== null) return command;
      if (word === 'import.catalog' || word === 'import.dlq') {
        this.#import(peer, id, word === 'import.dlq' ? 'dlq' : 'catalog', args);
      } else this.#ask(peer, id, word, args);
    } catch (error) {
      if (!(error instanceof ArgumentFault)) throw error;
      this.#refuse(peer, id, { code: error.code, detail: error.message });
    }
    return null;
  }

  #import(peer: PeerId, id: number, kind: 'catalog' | 'dlq', given: unknown): void {
    const args = new Args(given, ['actor', 'reason', 'path']);
    const operator = { actor: args.text('actor', 'unknown'), reason: args.text('reason', '') };
    this.#options.importFile(kind, args.text('path'), { peer, id, operator }).then(
      (command) => this.#options.submit([command]),
      (error: unknown) => {
        const detail = error instanceof Error ? error.message : 'the file could not be read';
        this.#refuse(peer, id, { code: error instanceof TachyonError ? error.code : 'INVALID_ARGUMENT', detail });
      },
    );
  }

  #ask(peer: PeerId, id: number, word: string, given: unknown): void {
    const { broker, nowMs, about } = this.#options;
    const { state, journal } = broker;
    switch (word) {
      case 'status': {
        new Args(given, []);
        return this.#answer(peer, id, { ...about(), ...statusView(state, journal, broker.held, nowMs()) });
      }
      case 'queues.list':
        return this.#answerPage(peer, id, given, (after, limit) => queuePage(state, nowMs(), after, limit));
      case 'routes.list':
        return this.#answerPage(peer, id, given, (after, limit) => routePage(state, after, limit));
      case 'sessions.list':
        return this.#answerPage(peer, id, given, (after, limit) => sessionPage(state, after, limit));
      case 'queues.show': {
        const queue = this.#queue(new Args(given, ['queue', 'tenant_id']));
        return this.#answer(peer, id, shortened(queueDetail(state, queue, nowMs())));
      }
      case 'queues.browse': {
        const args = new Args(given, [...PAGING, 'queue', 'tenant_id', 'body_bytes']);
        const queue = this.#queue(args);
        const { after, limit } = paging(args);
        const page = browsePage(queue, after, Math.min(limit, MESSAGE_ITEMS_MAX));
        return this.#answerMessages(peer, id, page, args, messageView, ({ sequence }) => `${sequence}`);
      }
      case 'dlq.list': {
        const args = new Args(given, [...PAGING, 'queue', 'tenant_id', 'body_bytes']);
        const only = args.has('queue') ? this.#queue(args) : null;
        const { after, limit } = paging(args, LETTER_CURSOR);
        const page = deadLetterPage(state, only, after, Math.min(limit, MESSAGE_ITEMS_MAX));
        const cursor = (entry: EntryView): string => `${entry.queue.id}:${entry.sequence}`;
        return this.#answerMessages(peer, id, page, args, deadLetterView, cursor);
      }
      default:
        throw new ArgumentFault(`no word "${word}"`, 'UNKNOWN_CONTROL');
    }
  }

  /** A page of as many items as one message holds: one that is too long is asked for again, shorter. */
  #answerPage(
    peer: PeerId,
    id: number,
    given: unknown,
    pageOf: (after: string | null, limit: number) => Page<object>,
  ): void {
    const { after, limit } = paging(new Args(given, PAGING));
    const page = pageOf(after, limit);
    const count = fitting(page.items);
    this.#answer(peer, id, count === page.items.length ? page : pageOf(after, count));
  }

  #queue(args: Args): Queue {
    const name = args.text('queue');
    const queue = this.#options.broker.state.queueNamed(args.text('tenant_id', ''), name);
    if (queue === undefined) throw new ArgumentFault(`queue "${name}"`, 'QUEUE_NOT_FOUND');
    return queue;
  }

  #answerMessages(
    peer: PeerId,
    id: number,
    page: Page<EntryView>,
    args: Args,
    view: (entry: EntryView, block: Uint8Array | null, bodyBytesMax: number) => object,
    cursor: (entry: EntryView) => string,
  ): void {
    const wish = args.whole('body_bytes', 0, PAGE_BODY_BYTES, BODY_BYTES_DEFAULT);
    const bodyBytes = Math.min(wish, Math.floor(PAGE_BODY_BYTES / Math.max(1, page.items.length)));
    const { broker } = this.#options;
    readBlocks(
      broker.journal,
      broker.bodies,
      page.items.map(({ block }) => block),
      (blocks) => {
        const items = page.items.map((entry, index) => view(entry, blocks[index] ?? null, bodyBytes));
        const count = fitting(items);
        const last = page.items[count - 1];
        const next = count === items.length || last === undefined ? page.next : cursor(last);
        this.#answer(peer, id, { items: items.slice(0, count), next });
      },
    );
  }

  #answer(peer: PeerId, id: number, result: unknown): void {
    this.#reply(peer, id, { ok: true, result });
  }

  #refuse(peer: PeerId, id: number, refusal: Refusal): void {
    this.#reply(peer, id, { ok: false, refusal });
  }

  #reply(peer: PeerId, id: number, outcome: { ok: true; result: unknown } | { ok: false; refusal: Refusal }): void {
    const effect = { type: 'operator-reply', gated: false, peer, id, outcome } as const;
    this.#options.send([{ effect, position: NO_POSITION, blocks: null }]);
  }
}

const PAGING = ['after', 'limit'] as const;

const CURSOR = /^\d{1,16}$/;
const LETTER_CURSOR = /^\d{1,16}:\d{1,16}$/;

function paging(args: Args, cursor = CURSOR): { after: string | null; limit: number } {
  const after = args.textOrNull('after');
  if (after !== null && !cursor.test(after)) throw new ArgumentFault('"after" must be the "next" of the page before');
  return { after, limit: args.whole('limit', 1, PAGE_ITEMS_MAX, LIST_ITEMS_DEFAULT) };
}

/** The lists of a queue with very many routes or consumers are cut, and their lengths said. */
function shortened(detail: QueueDetail): object {
  const { routes, sessions } = detail;
  const bytesMax = Math.floor(PAGE_BYTES_MAX / 4);
  return {
    ...detail,
    routes: routes.slice(0, fitting(routes, bytesMax)),
    routes_total: routes.length,
    sessions: sessions.slice(0, fitting(sessions, bytesMax)),
    sessions_total: sessions.length,
  };
}
