// Dead letters and refused publishes in the broker's log, with what they are found by: tenant, queue and sequence of a
// dead letter, with which `tachyon dlq list` shows it; tenant, connection and code of a refusal.
//
// Never a line for each message: the first of its kind is told at once, those that follow within ten seconds are one line
// behind them. Kinds are bounded too: beyond that many, all others are one kind.

import type { Logger } from 'pino';
import type { DeadLettered, Event } from '../domain/event.ts';
import type { RefusedMessages, State } from '../domain/state.ts';
import type { Timers } from '../usecase/ports/timers.ts';
import { WatchedJournal } from './metrics/watched-journal.ts';
import { watchedStart } from './watched-start.ts';
import type { World } from './world.ts';

const WINDOW_MS = 10_000;
const KINDS_MAX = 256;
const TEXT_MAX = 256;
const OTHERS = 'others';

/** What is told when the window ends. */
interface Kind {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly sentence: string;
  more: number;
  /** Of the last one. */
  last: Readonly<Record<string, unknown>>;
}

export interface MessageLogOptions {
  readonly logger: Logger;
  readonly timers: Timers;
}

export class MessageLog {
  readonly #logger: Logger;
  readonly #timers: Timers;
  readonly #kinds = new Map<string, Kind>();
  #state: State | null = null;
  #cancel: (() => void) | null = null;

  constructor({ logger, timers }: MessageLogOptions) {
    this.#logger = logger;
    this.#timers = timers;
  }

  /** The same world, listened to; as it is where nobody reads such lines. */
  world(world: World): World {
    if (!this.#logger.isLevelEnabled('warn')) return world;
    const listener = { added: (event: Event) => this.#added(event), committed: () => undefined };
    return {
      ...world,
      openJournal: watchedStart(world.openJournal, (journal) => new WatchedJournal(journal, listener)),
    };
  }

  /** Before its first turn. */
  serve({ state }: { readonly state: State }): void {
    if (!this.#logger.isLevelEnabled('warn')) return;
    this.#state = state;
    state.refusalListeners.push((refused) => this.#refused(refused));
  }

  /** Tells what the window still holds. */
  close(): void {
    this.#cancel?.();
    this.#end();
  }

  #added(event: Event): void {
    if (event.type === 'dead-lettered') this.#deadLettered(event);
  }

  #deadLettered({ queue: id, sequence, cause, reason, history }: DeadLettered): void {
    // Nothing failed: an operator made it, which is a line of its own.
    if (cause === 'imported' || cause === 'manual') return;
    const queue = this.#state?.queues.get(id);
    const fields = { tenant: queue?.tenant ?? '', queue: queue?.name ?? `${id}`, cause };
    this.#tell(`dead ${id} ${cause}`, fields, 'messages were dead-lettered', {
      sequence,
      attempts: history.length,
      consumer: history.at(-1)?.consumer,
      reason: reason.slice(0, TEXT_MAX),
    });
  }

  #refused({ peer, tenant, messages, first }: RefusedMessages): void {
    const fields = { tenant, code: first.code };
    const last = { peer, detail: first.detail.slice(0, TEXT_MAX) };
    this.#tell(`refused ${first.code} ${tenant}`, fields, 'messages of a producer were refused', last, messages);
  }

  #tell(key: string, fields: Kind['fields'], sentence: string, last: Kind['last'], messages = 1): void {
    const known = this.#kinds.get(key);
    if (known !== undefined) return add(known, messages, last);
    const isFull = this.#kinds.size >= KINDS_MAX;
    const others = this.#kinds.get(OTHERS);
    if (isFull && others !== undefined) return add(others, messages, last);
    if (isFull) this.#kinds.set(OTHERS, { fields: {}, sentence: `${OTHERS}: ${sentence}`, more: messages, last });
    else this.#kinds.set(key, { fields, sentence, more: 0, last });
    if (!isFull) this.#logger.warn({ ...fields, messages, ...last }, sentence);
    this.#cancel ??= this.#timers.after(WINDOW_MS, () => this.#end());
  }

  #end(): void {
    this.#cancel = null;
    for (const { fields, sentence, more, last } of this.#kinds.values()) {
      if (more > 0) this.#logger.warn({ ...fields, messages: more, last, withinMs: WINDOW_MS }, `more ${sentence}`);
    }
    this.#kinds.clear();
  }
}

function add(kind: Kind, messages: number, last: Kind['last']): void {
  kind.more += messages;
  kind.last = last;
}
