// What becomes of traced messages, as spans: `publish` with the `journal` inside it, `deliver` for each attempt with the
// `ack` inside it. Told from what the journal records and what leaves the core, so that the core itself need not know.
// All spans of a message hang on the context that its producer gave, which stands with the message on disk: so retries,
// replays of dead letters and restarts stay in one trace.
//
// Invariant: what waits for its end is bounded; beyond that a message is not traced, and counted.

import { blockLength, messageIdOf, topicOf } from '../../../pkg/protocol/block.ts';
import { messageName } from '../../../pkg/protocol/delivered/facts.ts';
import type { DeliverEntry } from '../../domain/deliver-entries.ts';
import type { Deliver } from '../../domain/effect.ts';
import type { Accepted, Event } from '../../domain/event.ts';
import type { Position, QueueId, Sequence, SessionId } from '../../domain/ids.ts';
import type { JournalListener } from '../metrics/watched-journal.ts';
import type { Span, TellSpan } from './span.ts';
import { recordedContext, type TraceContext } from './trace-context.ts';

export interface MessageSpansOptions {
  readonly nowMs: () => number;
  readonly tell: TellSpan;
  /** Of each kind of wait. */
  readonly waitingMax?: number;
  /** A message, or an attempt, is not traced because too many wait. */
  readonly untraced: () => void;
}

type Attributes = Span['attributes'];

/** Recorded, and told when it is durable. */
interface Recorded {
  readonly context: TraceContext;
  readonly turn: number;
  readonly spanOf: (writtenMs: number, durableMs: number) => Span;
}

interface Attempt {
  readonly context: TraceContext;
  readonly session: SessionId;
  readonly queue: QueueId;
  readonly startMs: number;
  readonly name: string;
  readonly attributes: Attributes;
}

const WAITING_MAX = 65_536;

export class MessageSpans implements JournalListener {
  readonly #options: MessageSpansOptions;
  readonly #waitingMax: number;
  #recorded: Recorded[] = [];
  #turns: { readonly turn: number; readonly position: Position; readonly atMs: number }[] = [];
  #turn = 0;
  readonly #attempts = new Map<string, Attempt>();

  constructor(options: MessageSpansOptions) {
    this.#options = options;
    this.#waitingMax = options.waitingMax ?? WAITING_MAX;
  }

  added(event: Event, _timeMs: number, blocks: readonly Uint8Array[]): void {
    switch (event.type) {
      case 'accepted':
        return this.#accepted(event, blocks);
      case 'settled':
        for (const sequence of event.sequences) this.#acked(event.queue, sequence);
        return;
      case 'failed':
        return this.#ended(event.queue, event.sequence, event.record.cause, event.record.reason || event.record.cause);
      case 'dead-lettered':
        return this.#ended(event.queue, event.sequence, 'dead_lettered', event.reason || event.cause);
      case 'returned':
        for (const sequence of event.sequences) this.#ended(event.queue, sequence, 'returned', null);
        return;
      case 'session-closed':
        return this.#endedWhere(({ session }) => session === event.session);
      case 'queue-deleted':
        return this.#endedWhere(({ queue }) => queue === event.queue);
      default:
    }
  }

  committed(position: Position): void {
    if (this.#recorded.at(-1)?.turn === this.#turn) {
      this.#turns.push({ turn: this.#turn, position, atMs: this.#options.nowMs() });
    }
    this.#turn += 1;
  }

  durable(position: Position): void {
    const durableMs = this.#options.nowMs();
    let told = 0;
    for (let first = this.#turns[0]; first !== undefined && first.position <= position; first = this.#turns[0]) {
      const { turn, atMs } = first;
      this.#turns.shift();
      for (let next = this.#recorded[told]; next?.turn === turn; next = this.#recorded[told]) {
        this.#options.tell(next.spanOf(atMs, durableMs), next.context);
        told += 1;
      }
    }
    if (told > 0) this.#recorded = this.#recorded.slice(told);
  }

  /** A delivery leaves. */
  delivered(effect: Deliver, blocks: readonly Uint8Array[]): void {
    const startMs = this.#options.nowMs();
    let run = 0;
    let at = 0;
    for (const entry of effect.entries) {
      const bytes = blocks[run] as Uint8Array;
      const context = recordedContext(bytes, at);
      if (context !== null) this.#attempt(effect, entry, context, aboutBlock(bytes, at, entry.sequence), startMs);
      at += entry.length;
      if (at === bytes.length) {
        run += 1;
        at = 0;
      }
    }
  }

  #attempt(effect: Deliver, entry: DeliverEntry, context: TraceContext, about: Attributes, startMs: number): void {
    const { queue, session, firstDelivery } = effect;
    const attempt: Attempt = {
      context,
      session: session.id,
      queue: queue.id,
      startMs,
      name: `deliver ${queue.name}`,
      attributes: {
        ...about,
        'messaging.operation.name': 'deliver',
        'messaging.consumer.group.name': queue.name,
        'messaging.client.id': session.consumer,
        'tachyon.tenant': queue.tenant,
        'tachyon.sequence': entry.sequence,
        'tachyon.attempt': entry.attempt,
      },
    };
    // At most once: it was settled before it left.
    if (firstDelivery === 0) return this.#tellAttempt(attempt, 'handed_over', null, []);
    if (this.#attempts.size >= this.#waitingMax) this.#options.untraced();
    else this.#attempts.set(keyOf(queue.id, entry.sequence), attempt);
  }

  #accepted({ lengths, sets, setOf, firstSequence }: Accepted, blocks: readonly Uint8Array[]): void {
    const startMs = this.#options.nowMs();
    let piece = 0;
    let at = 0;
    for (const [index, length] of lengths.entries()) {
      const bytes = blocks[piece] as Uint8Array;
      const context = recordedContext(bytes, at);
      if (context !== null) {
        const topic = topicOf(bytes, at);
        const about = {
          ...aboutBlock(bytes, at, firstSequence + index),
          'messaging.operation.name': 'publish',
          'tachyon.sequence': firstSequence + index,
          'tachyon.queues': sets[setOf[index] as number]?.length ?? 0,
        };
        this.#record(context, (writtenMs, endMs) => ({
          ...span(`publish ${topic}`, 'server', startMs, endMs, about),
          inside: [span('journal', 'internal', writtenMs, endMs, {})],
        }));
      }
      // A head stands in one piece; its body may be the next.
      for (let left = length; left > 0; ) {
        const taken = Math.min(left, (blocks[piece] as Uint8Array).length - at);
        left -= taken;
        at += taken;
        if (at < (blocks[piece] as Uint8Array).length) continue;
        piece += 1;
        at = 0;
      }
    }
  }

  #record(context: TraceContext, spanOf: Recorded['spanOf']): void {
    if (this.#recorded.length >= this.#waitingMax) this.#options.untraced();
    else this.#recorded.push({ context, turn: this.#turn, spanOf });
  }

  /** The attempt is over when the settlement is on disk. */
  #acked(queue: QueueId, sequence: Sequence): void {
    const attempt = this.#take(queue, sequence);
    if (attempt === null) return;
    const ackMs = this.#options.nowMs();
    this.#record(attempt.context, (_writtenMs, endMs) =>
      attemptSpan(attempt, endMs, 'acked', null, [span('ack', 'internal', ackMs, endMs, {})]),
    );
  }

  #ended(queue: QueueId, sequence: Sequence, outcome: string, error: string | null): void {
    const attempt = this.#take(queue, sequence);
    if (attempt !== null) this.#tellAttempt(attempt, outcome, error, []);
  }

  #endedWhere(isMeant: (attempt: Attempt) => boolean): void {
    for (const [key, attempt] of this.#attempts) {
      if (!isMeant(attempt)) continue;
      this.#attempts.delete(key);
      this.#tellAttempt(attempt, 'returned', null, []);
    }
  }

  #take(queue: QueueId, sequence: Sequence): Attempt | null {
    if (this.#attempts.size === 0) return null;
    const key = keyOf(queue, sequence);
    const attempt = this.#attempts.get(key);
    this.#attempts.delete(key);
    return attempt ?? null;
  }

  #tellAttempt(attempt: Attempt, outcome: string, error: string | null, inside: readonly Span[]): void {
    this.#options.tell(attemptSpan(attempt, this.#options.nowMs(), outcome, error, inside), attempt.context);
  }
}

const keyOf = (queue: QueueId, sequence: Sequence): string => `${queue} ${sequence}`;

/** Names of OpenTelemetry's conventions for messaging, where it has one. */
const aboutBlock = (bytes: Uint8Array, offset: number, sequence: number): Record<string, string | number> => ({
  'messaging.system': 'tachyon',
  'messaging.destination.name': topicOf(bytes, offset),
  'messaging.message.id': messageName(messageIdOf(bytes, offset), sequence),
  'messaging.message.envelope.size': blockLength(bytes, offset),
});

const span = (name: string, kind: Span['kind'], startMs: number, endMs: number, attributes: Attributes): Span => ({
  name,
  kind,
  startMs,
  endMs: Math.max(startMs, endMs),
  attributes,
  error: null,
  inside: [],
});

const attemptSpan = (
  { name, startMs, attributes }: Attempt,
  endMs: number,
  outcome: string,
  error: string | null,
  inside: readonly Span[],
): Span => ({
  ...span(name, 'producer', startMs, endMs, { ...attributes, 'tachyon.outcome': outcome }),
  error,
  inside,
});
