// The admin endpoint's words: changes become commands of the next turn; questions are answered from the state as it
// stands between two turns, and say at which position.

import type { AdminRequest } from '../../../pkg/protocol/control/replies.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { isObject } from '../../../pkg/protocol/json.ts';
import type { Command } from '../../domain/command.ts';
import { STEP_TARGETS_MAX } from '../../domain/dead-letter-order.ts';
import type { Refusal } from '../../domain/effect.ts';
import { NO_POSITION, type PeerId } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import { steeredFacts } from '../../domain/rules/steer-consumer.ts';
import type { Broker } from '../../usecase/broker.ts';
import type { Selection } from '../../usecase/dead-letters/selection.ts';
import type { DeadLetterWork } from '../../usecase/dead-letters/work.ts';
import { why } from '../../usecase/explain.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import {
  browsePage,
  type Page,
  type QueueDetail,
  queueDetail,
  queuePage,
  routePage,
  sessionPage,
  steeredPage,
} from '../../usecase/inspect.ts';
import type { JournalPins } from '../../usecase/journal-pins.ts';
import { limitsPage } from '../../usecase/limits-view.ts';
import type { AuditStatus, AuditStore } from '../../usecase/ports/audit-store.ts';
import { statusView } from '../../usecase/status-view.ts';
import { Args, ArgumentFault } from './args.ts';
import { auditQuery, jobView } from './audit-words.ts';
import { cronCommand, cronPage, cronShown, isCronWord } from './cron-words.ts';
import { keyList } from './key-words.ts';
import { LETTER_OPERATIONS, LetterDesk } from './letter-desk.ts';
import { bodyBytesOf, MESSAGE_ITEMS_MAX, messagePage } from './message-page.ts';
import { messageView, timesView } from './message-view.ts';
import { isOperatorWord, operatorCommand } from './operator-words.ts';
import { fitting, PAGE_BYTES_MAX } from './page-bytes.ts';
import { PAGING, paging, TENANT_CURSOR } from './paging.ts';
import { pinWord } from './pin-words.ts';
import { operatorOf, operatorOfRefused } from './said.ts';
import { SCHEDULE_OPERATIONS, ScheduleDesk } from './schedule-desk.ts';
import { addSchemaCommand, type SchemaFault, schemaShown, schemasListed } from './schema-words.ts';
import { routesShown, routeTried, sessionShown } from './show-words.ts';
import { type TraceWordOptions, traceMessages } from './trace-word.ts';

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
  readonly selection: Selection;
  readonly search: TraceWordOptions['search'];
  /** When the connection was last heard of; null for one that is gone. */
  readonly heardMs: (peer: PeerId) => number | null;
  readonly work: DeadLetterWork;
  readonly audit: AuditStore;
  /** The audit log cannot be written: nothing may be changed. */
  readonly auditFailed: () => boolean;
  readonly hash: (text: string) => string;
  readonly pins: JournalPins;
  readonly messageBytesMax: number;
  readonly schemaFault: SchemaFault;
  readonly submit: (commands: readonly Command[]) => void;
  readonly send: (outgoing: readonly Outgoing[]) => void;
}

export class AdminDesk {
  readonly #options: AdminDeskOptions;
  readonly #letters: LetterDesk;
  readonly #schedules: ScheduleDesk;

  constructor(options: AdminDeskOptions) {
    this.#options = options;
    this.#letters = new LetterDesk({
      ...options,
      answer: (peer, id, result) => this.#answer(peer, id, result),
      refuse: (peer, id, refusal) => this.#refuse(peer, id, refusal),
    });
    this.#schedules = new ScheduleDesk({ ...options, answer: (peer, id, result) => this.#answer(peer, id, result) });
  }

  /** The command of the request, or null when it was answered, or will be. */
  take(peer: PeerId, { id, word, args }: AdminRequest): Command | null {
    try {
      if (isChange(word) && this.#options.auditFailed()) {
        throw new ArgumentFault('nothing is changed until it can be written', 'AUDIT_UNAVAILABLE');
      }
      const command =
        word === 'schemas.add'
          ? addSchemaCommand({ peer, id }, args, this.#options.schemaFault)
          : (operatorCommand(word, { peer, id }, args) ?? cronCommand(word, { peer, id }, args));
      if (command !== null) return command;
      if (word.startsWith('dlq.')) return this.#letters.take(peer, id, word, args);
      if (word.startsWith('schedules.')) this.#schedules.take(peer, id, word, args);
      else if (word === 'import.catalog' || word === 'import.dlq') {
        this.#import(peer, id, word === 'import.dlq' ? 'dlq' : 'catalog', args);
      } else this.#ask(peer, id, word, args);
    } catch (error) {
      if (!(error instanceof ArgumentFault || error instanceof TachyonError)) throw error;
      return this.#refused(peer, id, word, args, { code: error.code, detail: error.message });
    }
    return null;
  }

  /** A change that was refused at the door goes on record, a question that was is only answered. */
  #refused(peer: PeerId, id: number, word: string, given: unknown, refusal: Refusal): Command | null {
    if (!isChange(word) || refusal.code === 'AUDIT_UNAVAILABLE') {
      this.#refuse(peer, id, refusal);
      return null;
    }
    const asked = (isObject(given) ? given : {}) as Record<string, unknown>;
    const { ids } = asked;
    return {
      type: 'refuse-operator',
      request: { peer, id, operator: operatorOfRefused(asked) },
      operation: LETTER_OPERATIONS[word] ?? SCHEDULE_OPERATIONS[word] ?? word.replace('.', '_'),
      targets: Array.isArray(ids) ? ids.filter((one) => typeof one === 'string').slice(0, STEP_TARGETS_MAX) : [],
      refusal,
    };
  }

  #import(peer: PeerId, id: number, kind: 'catalog' | 'dlq', given: unknown): void {
    const args = new Args(given, ['actor', 'reason', 'path']);
    const operator = operatorOf(args);
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
        const pins = this.#options.pins.views;
        return this.#answer(peer, id, { ...about(), ...statusView(state, journal, broker.held, nowMs(), pins) });
      }
      case 'limits.list': {
        const { after, limit } = paging(new Args(given, PAGING), TENANT_CURSOR);
        return this.#answer(peer, id, limitsPage(state, after, limit));
      }
      case 'queues.list':
        return this.#answerPage(peer, id, given, (after, limit) => queuePage(state, nowMs(), after, limit));
      case 'routes.list':
        return this.#answerPage(peer, id, given, (after, limit) => routePage(state, after, limit));
      case 'cron.list':
        return this.#answerPage(peer, id, given, (after, limit) => cronPage(state, after, limit));
      case 'cron.show':
        return this.#answer(peer, id, cronShown(state, given));
      case 'sessions.list':
        return this.#answerPage(peer, id, given, (after, limit) => sessionPage(state, after, limit));
      case 'consumers.list':
        return this.#answerPage(peer, id, given, (after, limit) => steeredPage(state, after, limit));
      case 'consumers.show': {
        const args = new Args(given, ['consumer_id', 'tenant_id']);
        return this.#answer(peer, id, steeredFacts(state, args.text('tenant_id', ''), args.text('consumer_id')));
      }
      case 'queues.show': {
        const queue = this.#queue(new Args(given, ['queue', 'tenant_id']));
        return this.#answer(peer, id, shortened(queueDetail(state, queue, nowMs())));
      }
      case 'queues.why': {
        const queue = this.#queue(new Args(given, ['queue', 'tenant_id']));
        return this.#answer(peer, id, why(state, queue, journal, broker.bodies, nowMs()));
      }
      case 'queues.browse': {
        const args = new Args(given, [...PAGING, 'queue', 'tenant_id', 'body_bytes']);
        const queue = this.#queue(args);
        const { after, limit } = paging(args);
        const page = browsePage(queue, after, Math.min(limit, MESSAGE_ITEMS_MAX));
        return messagePage(
          broker,
          page,
          bodyBytesOf(args),
          (entry, block, bytes) => ({ ...messageView(entry, block, bytes), ...timesView(entry) }),
          ({ sequence }) => `${sequence}`,
          (result) => this.#answer(peer, id, result),
        );
      }
      case 'keys.list': {
        const args = new Args(given, [...PAGING, 'queue', 'tenant_id', 'held']);
        return keyList(broker, this.#queue(args), args, (result) => this.#answer(peer, id, result));
      }
      case 'messages.trace':
        return traceMessages(this.#options, given, (result) => this.#answer(peer, id, result));
      case 'routes.show':
        return this.#answer(peer, id, routesShown(state, nowMs(), given));
      case 'schemas.list':
        return this.#answer(peer, id, schemasListed(state, given));
      case 'schemas.show':
        return this.#answer(peer, id, schemaShown(state, given));
      case 'routes.match':
        return this.#answer(peer, id, routeTried(state, nowMs(), given));
      case 'sessions.show':
        return this.#answer(peer, id, sessionShown(state, this.#options.heardMs, given));
      case 'journal.pin':
      case 'journal.unpin':
        return this.#answer(peer, id, pinWord(this.#options.pins, word, given));
      case 'jobs.list': {
        new Args(given, []);
        return this.#answer(peer, id, { items: [...state.jobs.values()].map(jobView), next: null });
      }
      case 'jobs.show': {
        const job = state.jobs.get(new Args(given, ['job']).whole('job', 1, Number.MAX_SAFE_INTEGER));
        if (job === undefined) throw new ArgumentFault('no job of this number', 'JOB_NOT_FOUND');
        return this.#answer(peer, id, jobView(job));
      }
      case 'audit.status': {
        new Args(given, []);
        return this.#answer(peer, id, auditView(this.#options.audit.status, this.#options.auditFailed()));
      }
      case 'audit.list':
        return this.#options.audit.page(auditQuery(given), (error, { items, next }) => {
          if (error !== null) return this.#refuse(peer, id, { code: 'AUDIT_UNAVAILABLE', detail: error.message });
          this.#answer(peer, id, { items, next: next === null ? null : `${next}` });
        });
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

const isChange = (word: string): boolean =>
  isOperatorWord(word) ||
  isCronWord(word) ||
  word === 'schemas.add' ||
  Object.hasOwn(LETTER_OPERATIONS, word) ||
  Object.hasOwn(SCHEDULE_OPERATIONS, word) ||
  word === 'import.catalog' ||
  word === 'import.dlq';

const auditView = ({ entries, removed, bytes, head, lastSigned, fault }: AuditStatus, failed: boolean): object => ({
  entries,
  removed,
  bytes,
  head,
  last_signed: lastSigned,
  state: fault ?? (failed ? 'cannot be written' : 'ok'),
});

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
