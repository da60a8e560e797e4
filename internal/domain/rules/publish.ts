// Publish: validation, dedupe, routing, admission. The messages that pass become runs of `accepted`, each consecutive
// in the producer's numbering; the others are refused one by one, and their neighbours do not notice.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { shellWord } from '../../../pkg/protocol/shell-word.ts';
import { checkTopic } from '../../../pkg/protocol/topic.ts';
import type { Publish, PublishMessage } from '../command.ts';
import { type Decision, type Draft, draft, type Moment, NOTHING } from '../decision.ts';
import type { Published, Refusal } from '../effect.ts';
import { asSequence, NO_PRODUCER, type QueueId } from '../ids.ts';
import { RUN_QUEUE_IDS_MAX } from '../limits.ts';
import type { AcceptedTimes } from '../message-times.ts';
import type { RouteMatch } from '../route-index.ts';
import type { SequenceWindow } from '../sequence-window.ts';
import type { State } from '../state.ts';
import { PublicationRuns } from './publications.ts';
import { type SettledTimes, settleTimes } from './publish-times.ts';

/** A run is cut here, so that a group stays near its bound and a small group can follow. */
const RUN_BYTES_MAX = 256 * 1024;
const RUN_MESSAGES_MAX = 4_096;
/** What an accepted message costs in the journal beside its block. */
const ROW_BYTES = 16;
/** … and its times, where it has some. */
const TIMES_BYTES = 24;
const STORAGE_RETRY_MS = 1_000;
/** An operator works in seconds. */
const DRAINING_RETRY_MS = 5_000;
/** Sets of a run among which an equal one is looked for. */
const SETS_COMPARED_MAX = 8;

interface Run {
  readonly firstIndex: number;
  count: number;
  bytes: number;
  /** In all sets. */
  queueIds: number;
  readonly lengths: number[];
  readonly setOf: number[];
  readonly sets: (readonly QueueId[])[];
  readonly setIndex: Map<readonly QueueId[], number>;
  readonly pieces: Uint8Array[];
  readonly times: AcceptedTimes[];
  /** Where the last piece ends in the source, so that a neighbour extends it instead of being copied apart. */
  pieceStart: number;
  pieceEnd: number;
}

export function publish(state: State, command: Publish, moment: Moment): Decision {
  if (command.messages.length === 0) return NOTHING;
  return new PublishRule(state, command, moment).decide();
}

/** A producer numbers its messages from 1, as far as numbers are exact. */
const isNumbered = ({ firstSequence, messages }: Publish): boolean =>
  Number.isSafeInteger(firstSequence) && firstSequence >= 1 && Number.isSafeInteger(firstSequence + messages.length);

class PublishRule {
  readonly #state: State;
  readonly #command: Publish;
  readonly #nowMs: number;
  readonly #window: SequenceWindow | null;
  readonly #barred: Refusal | null;
  readonly #drafts: Draft[] = [];
  readonly #publications: PublicationRuns;
  readonly #answers: Published[] = [];
  #run: Run | null = null;
  #nextSequence: number;
  #free: number;
  #accepted = 0;
  #duplicates: number[] = [];
  #firstRefusal: Refusal | null = null;
  #refusals: (Refusal & { readonly index: number })[] = [];
  #answerFirst = 0;
  #answerDurability: Published['durability'] | null = null;
  #topic = '';
  #topicFault: ErrorCode | null = null;
  #match: RouteMatch | null = null;
  #counts = { duplicates: 0, refused: 0, unroutable: 0, fanout: 0, scheduled: 0 };

  constructor(state: State, command: Publish, moment: Moment) {
    this.#state = state;
    this.#command = command;
    this.#publications = new PublicationRuns(command.source);
    this.#nowMs = moment.nowMs;
    this.#nextSequence = state.nextSequence;
    this.#free = state.freeBytes;
    const producer = command.producer === NO_PRODUCER ? null : state.producers.get(command.producer);
    this.#window = producer?.window ?? null;
    if (producer === undefined || (producer !== null && state.producerPeer.get(producer.id) !== command.peer)) {
      this.#barred = {
        code: 'UNKNOWN_PRODUCER',
        detail: `producer ${command.producer} is not open on this connection`,
      };
    } else if (producer !== null && !isNumbered(command)) {
      this.#barred = { code: 'INVALID_ARGUMENT', detail: `producer sequence ${command.firstSequence}` };
    } else if (state.draining) {
      this.#barred = { code: 'DRAINING', detail: 'the broker is shutting down', retryAfterMs: STORAGE_RETRY_MS };
    } else this.#barred = null;
  }

  decide(): Decision {
    const { messages } = this.#command;
    for (let index = 0; index < messages.length; index += 1) this.#one(index, messages[index] as PublishMessage);
    this.#endRun();
    this.#endAnswer(messages.length);
    const { counters } = this.#state;
    return {
      drafts: this.#drafts,
      // A confirm of fanout stands behind what it confirms.
      effects: [...this.#publications.end(), ...this.#answers],
      urgent: this.#drafts.length > 0 || this.#answers.some((answer) => answer.gated),
      then: () => {
        counters.ingress += messages.length;
        counters.published += this.#accepted;
        counters.duplicates += this.#counts.duplicates;
        counters.refused += this.#counts.refused;
        counters.unroutable += this.#counts.unroutable;
        counters.fanout += this.#counts.fanout;
        counters.scheduled += this.#counts.scheduled;
        if (this.#firstRefusal !== null) this.#tellRefusals(this.#firstRefusal);
      },
    };
  }

  #one(index: number, message: PublishMessage): void {
    if (this.#barred !== null) return this.#refuse(index, this.#barred);
    if (message.fault !== null) return this.#refuse(index, message.fault);
    if (this.#window !== null) {
      const seen = this.#window.look(this.#command.firstSequence + index);
      if (seen === 'duplicate') {
        this.#answer(index, 'journal');
        this.#duplicates.push(index);
        this.#counts.duplicates += 1;
        return;
      }
      if (seen === 'too-old') {
        const detail = `sequence ${this.#command.firstSequence + index} is more than the window behind ${this.#window.highest}`;
        return this.#refuse(index, { code: 'SEQUENCE_TOO_OLD', detail });
      }
    }
    const match = this.#route(message.topic);
    if (match === null) {
      return this.#refuse(index, {
        code: this.#topicFault ?? 'INVALID_TOPIC',
        detail: `topic "${message.topic.slice(0, 80)}"`,
      });
    }
    if (message.mode === 'fanout') {
      if (waits(message))
        return this.#refuse(index, { code: 'NOT_SUPPORTED', detail: 'fanout does not wait for a time' });
      if (this.#command.tenant !== '')
        return this.#refuse(index, { code: 'FANOUT_NOT_ISOLATED', detail: 'delivery_mode fanout' });
      return this.#fanoutOnly(index, message);
    }
    if (match.queues.length === 0) {
      // Only what lies in a queue can wait for its time.
      if (match.fanout && message.mode === 'both' && !waits(message)) return this.#fanoutOnly(index, message);
      this.#counts.unroutable += 1;
      const detail = `no route for "${message.topic}"; to keep such messages: tachyon queues declare NAME --bind ${shellWord(message.topic)}`;
      return this.#refuse(index, { code: 'UNROUTABLE', detail });
    }
    const closed = this.#draining(match);
    if (closed !== null) return this.#refuse(index, closed);
    const times =
      message.times === undefined || message.times === null ? null : settleTimes(message.times, this.#nowMs);
    if (times !== null && 'code' in times) return this.#refuse(index, times);
    this.#accept(index, message, match, times);
  }

  /** All of its queues or none: a message that one of them would lack is not taken. */
  #draining({ queues }: RouteMatch): Refusal | null {
    const { drainingQueues } = this.#state;
    if (drainingQueues.size === 0) return null;
    const id = queues.find((queue) => drainingQueues.has(queue));
    if (id === undefined) return null;
    const detail = `queue "${this.#state.queues.get(id)?.name}" takes nothing new: an operator drains it`;
    return { code: 'QUEUE_DRAINING', detail, retryAfterMs: DRAINING_RETRY_MS };
  }

  /** Neighbours mostly have the same topic. */
  #route(topic: string): RouteMatch | null {
    if (topic !== this.#topic) {
      this.#topic = topic;
      this.#topicFault = checkTopic(topic);
      this.#match = this.#topicFault === null ? this.#state.routeIndex.match(this.#command.tenant, topic) : null;
    }
    return this.#match;
  }

  #accept(index: number, message: PublishMessage, match: RouteMatch, times: SettledTimes | null): void {
    const length = message.end - message.start + (message.tail?.length ?? 0);
    // Short room alone means that a segment is being prepared: the reserve bridges that.
    const needed = length + ROW_BYTES + (times === null ? 0 : TIMES_BYTES);
    if (this.#state.storageBlocked && this.#free < needed) {
      return this.#refuse(index, {
        code: 'STORAGE_FULL',
        detail: 'no room is left on the disk beyond the reserve for settlements',
        retryAfterMs: STORAGE_RETRY_MS,
      });
    }
    this.#free -= needed;
    let run = this.#run;
    if (
      run !== null &&
      (run.firstIndex + run.count !== index ||
        run.bytes + length > RUN_BYTES_MAX ||
        run.count === RUN_MESSAGES_MAX ||
        run.queueIds + match.queues.length > RUN_QUEUE_IDS_MAX)
    ) {
      this.#endRun();
      run = null;
    }
    run ??= this.#run = {
      firstIndex: index,
      count: 0,
      bytes: 0,
      queueIds: 0,
      lengths: [],
      setOf: [],
      sets: [],
      setIndex: new Map(),
      pieces: [],
      times: [],
      pieceStart: -1,
      pieceEnd: -1,
    };
    if (times !== null) run.times.push({ index: run.count, ...times });
    run.setOf.push(setOf(run, match.queues));
    run.lengths.push(length);
    run.count += 1;
    run.bytes += length;
    if (run.pieceEnd !== message.start) {
      this.#endPiece(run);
      run.pieceStart = message.start;
    }
    run.pieceEnd = message.end;
    if (message.tail !== null) {
      this.#endPiece(run);
      run.pieces.push(message.tail);
    }
    this.#answer(index, 'journal');
    this.#accepted += 1;
    if (times !== null && times.dueMs > 0) this.#counts.scheduled += 1;
    else if (match.fanout && message.mode === 'both') this.#publish(message, true);
  }

  #endPiece(run: Run): void {
    if (run.pieceStart >= 0 && run.pieceEnd > run.pieceStart) {
      run.pieces.push(this.#command.source.subarray(run.pieceStart, run.pieceEnd));
    }
    run.pieceStart = -1;
    run.pieceEnd = -1;
  }

  #endRun(): void {
    const run = this.#run;
    if (run === null) return;
    this.#endPiece(run);
    const { producer, firstSequence } = this.#command;
    this.#drafts.push(
      draft(
        {
          type: 'accepted',
          producer,
          firstProducerSequence: producer === NO_PRODUCER ? 0 : firstSequence + run.firstIndex,
          firstSequence: asSequence(this.#nextSequence),
          atMs: this.#nowMs,
          sets: run.sets,
          setOf: run.setOf,
          lengths: run.lengths,
          ...(run.times.length === 0 ? {} : { times: run.times }),
        },
        run.pieces,
      ),
    );
    this.#nextSequence += run.count;
    this.#run = null;
  }

  #fanoutOnly(index: number, message: PublishMessage): void {
    this.#answer(index, 'none');
    this.#publish(message, false);
  }

  #publish(message: PublishMessage, gated: boolean): void {
    this.#counts.fanout += 1;
    this.#publications.add(message, gated);
  }

  #tellRefusals(first: Refusal): void {
    const { peer, tenant } = this.#command;
    for (const tell of this.#state.refusalListeners) tell({ peer, tenant, messages: this.#counts.refused, first });
  }

  #refuse(index: number, refusal: Refusal): void {
    this.#firstRefusal ??= refusal;
    this.#refusals.push({ ...refusal, index });
    this.#counts.refused += 1;
  }

  /** Messages of one durability share an answer; a change of it starts the next. */
  #answer(index: number, durability: Published['durability']): void {
    if (this.#answerDurability !== null && this.#answerDurability !== durability) this.#endAnswer(index);
    this.#answerDurability = durability;
  }

  #endAnswer(end: number): void {
    const first = this.#answerFirst;
    if (end === first) return;
    this.#answers.push({
      type: 'published',
      gated: this.#answerDurability === 'journal',
      peer: this.#command.peer,
      producer: this.#command.producer,
      first: this.#command.firstSequence + first,
      count: end - first,
      durability: this.#answerDurability ?? 'none',
      duplicates: this.#duplicates.map((index) => index - first),
      refusals: this.#refusals.map((refusal) => ({ ...refusal, index: refusal.index - first })),
    });
    this.#duplicates = [];
    this.#refusals = [];
    this.#answerFirst = end;
    this.#answerDurability = null;
  }
}

const waits = ({ times = null }: PublishMessage): boolean => times !== null && times.due !== null;

/** The number of this set of queues in the run. Topics have answers of their own, and mostly lead to the same queues. */
function setOf(run: Run, queues: readonly QueueId[]): number {
  const known = run.setIndex.get(queues);
  if (known !== undefined) return known;
  let set = run.sets.findIndex((other, index) => index < SETS_COMPARED_MAX && areEqual(other, queues));
  if (set < 0) {
    set = run.sets.push(queues) - 1;
    run.queueIds += queues.length;
  }
  run.setIndex.set(queues, set);
  return set;
}

function areEqual(some: readonly QueueId[], others: readonly QueueId[]): boolean {
  return some.length === others.length && some.every((queue, index) => queue === others[index]);
}
