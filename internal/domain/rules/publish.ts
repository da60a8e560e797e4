// Publish: validation, dedupe, routing, admission. The messages that pass become runs of `accepted`, each consecutive
// in the producer's numbering; the others are refused one by one, and their neighbours do not notice.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { isInbox } from '../../../pkg/protocol/inbox.ts';
import { shellWord } from '../../../pkg/protocol/shell-word.ts';
import { checkTopic } from '../../../pkg/protocol/topic.ts';
import { classNamed } from '../class-turns.ts';
import type { Publish, PublishMessage } from '../command.ts';
import { type Decision, type Moment, NOTHING } from '../decision.ts';
import type { Refusal } from '../effect.ts';
import { NO_PRODUCER } from '../ids.ts';
import { NO_CLASS, NO_LANE, type Traits } from '../message-traits.ts';
import { UNROUTABLE_TOPIC } from '../own-messages.ts';
import type { Producer } from '../producer.ts';
import type { RouteMatch } from '../route-index.ts';
import { NO_MATCH } from '../route-precedence.ts';
import type { SequenceWindow } from '../sequence-window.ts';
import type { State } from '../state.ts';
import { AcceptedRuns, lengthOf } from './accepted-runs.ts';
import { Admission } from './admission.ts';
import { publishBatch } from './batch.ts';
import { DeadLetterRoom } from './failure.ts';
import { comesBack, countPressed, restOf } from './held-back.ts';
import { Replies } from './inbox.ts';
import { type Judged, judged } from './judging.ts';
import { PublicationRuns } from './publications.ts';
import { PublishAnswers } from './publish-answers.ts';
import { matchFor, toldUnroutable } from './publish-headers.ts';
import { type SettledTimes, settleTimes } from './publish-times.ts';

/** What the times of a message cost in the journal. */
const TIMES_BYTES = 24;
/** … and its traits. */
const TRAITS_BYTES = 12;
const DRAINING_RETRY_MS = 1_000;

const NO_ROOM_FOR_OWN: Refusal = {
  code: 'BUSY',
  detail: 'no route takes it, and there is no room now to keep it as unroutable',
  retryAfterMs: 250,
};

export function publish(state: State, command: Publish, moment: Moment): Decision {
  if (command.messages.length === 0) return NOTHING;
  const decideOn = (one: Publish): Decision => new PublishRule(state, one, moment).decide();
  return command.atomic === true ? publishBatch(state, command, moment.nowMs, decideOn) : decideOn(command);
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
  readonly #admission: Admission;
  readonly #runs: AcceptedRuns;
  readonly #room: DeadLetterRoom;
  readonly #publications: PublicationRuns;
  readonly #answers: PublishAnswers;
  /** Few publishes have to do with requests. */
  #replies: Replies | null = null;
  #rest: { readonly from: number; readonly refusal: Refusal } | null = null;
  #topic = '';
  #topicFault: ErrorCode | null = null;
  #match: RouteMatch | null = null;
  readonly #counts = { published: 0, duplicates: 0, unroutable: 0, fanout: 0, scheduled: 0, letters: 0 };

  constructor(state: State, command: Publish, moment: Moment) {
    this.#state = state;
    this.#command = command;
    this.#admission = new Admission(state, command, moment.nowMs);
    this.#room = new DeadLetterRoom(state);
    this.#runs = new AcceptedRuns(command, moment.nowMs, state.nextSequence);
    this.#publications = new PublicationRuns(command.source);
    this.#answers = new PublishAnswers(command);
    this.#nowMs = moment.nowMs;
    const producer = command.producer === NO_PRODUCER ? null : state.producers.get(command.producer);
    this.#window = producer?.window ?? null;
    this.#barred = barred(state, command, producer);
  }

  decide(): Decision {
    const { messages } = this.#command;
    for (let index = 0; index < messages.length && this.#rest === null; index += 1) {
      this.#one(index, messages[index] as PublishMessage);
    }
    const decided = this.#rest?.from ?? messages.length;
    const drafts = this.#runs.end();
    const answers = this.#answers.end(decided);
    const { counters } = this.#state;
    return {
      drafts,
      ...(this.#rest === null ? {} : { rest: restOf(this.#command, this.#rest) }),
      // A confirm of fanout stands behind what it confirms.
      effects: [...(this.#replies?.effects ?? []), ...this.#publications.end(), ...answers],
      urgent: drafts.length > 0 || answers.some((answer) => answer.gated),
      then: () => {
        counters.ingress += decided;
        counters.published += this.#counts.published;
        counters.duplicates += this.#counts.duplicates;
        counters.refused += this.#answers.refused;
        counters.unroutable += this.#counts.unroutable;
        counters.fanout += this.#counts.fanout;
        counters.scheduled += this.#counts.scheduled;
        counters.deadLettered += this.#counts.letters;
        this.#replies?.end();
        this.#admission.settle();
        countPressed(counters, this.#answers.pressed);
        if (this.#rest !== null || this.#answers.pressed.size > 0) this.#state.pressedAtMs = this.#nowMs;
        this.#tellRefusals();
      },
    };
  }

  #one(index: number, message: PublishMessage): void {
    if (this.#barred !== null) return this.#answers.refuse(index, this.#barred);
    if (message.fault !== null) return this.#answers.refuse(index, message.fault);
    if (this.#window !== null) {
      const seen = this.#window.look(this.#command.firstSequence + index);
      if (seen === 'duplicate') {
        this.#answers.duplicate(index);
        this.#counts.duplicates += 1;
        return;
      }
      if (seen === 'too-old') {
        const detail = `sequence ${this.#command.firstSequence + index} is more than the window behind ${this.#window.highest}`;
        return this.#answers.refuse(index, { code: 'SEQUENCE_TOO_OLD', detail });
      }
    }
    const routed = this.#route(message.topic);
    if (routed === null) {
      if (isInbox(message.topic)) return this.#reply(index, message);
      return this.#answers.refuse(index, {
        code: this.#topicFault ?? 'INVALID_TOPIC',
        detail: `topic "${message.topic.slice(0, 80)}"`,
      });
    }
    const match = matchFor(routed, this.#command.source, message);
    if (match.internal && this.#command.inside !== true) {
      const detail = `an internal route keeps "${message.topic.slice(0, 80)}" for the broker and its operators`;
      return this.#answers.refuse(index, { code: 'RESERVED_TOPIC', detail });
    }
    if (message.mode === 'fanout') {
      if (waits(message))
        return this.#answers.refuse(index, { code: 'NOT_SUPPORTED', detail: 'fanout does not wait for a time' });
      if (this.#command.tenant !== '')
        return this.#answers.refuse(index, { code: 'FANOUT_NOT_ISOLATED', detail: 'delivery_mode fanout' });
      return this.#judgedFanout(index, message, match);
    }
    const unanswered = message.reply === undefined ? null : this.#requesting().request(message, match);
    if (unanswered !== null) return this.#answers.refuse(index, unanswered);
    if (match.queues.length === 0) {
      // Only what lies in a queue can wait for its time.
      if (match.fanout && message.mode === 'both' && !waits(message)) return this.#judgedFanout(index, message, match);
      this.#counts.unroutable += 1;
      return this.#unroutable(index, message);
    }
    const times =
      message.times === undefined || message.times === null ? null : settleTimes(message.times, this.#nowMs);
    if (times !== null && 'code' in times) return this.#answers.refuse(index, times);
    const unwaited = message.reply === undefined ? null : this.#requesting().wait(message, times, this.#nowMs);
    if (unwaited !== null) return this.#answers.refuse(index, unwaited);
    if (match.judges.length === 0) return this.#accept(index, message, match, times);
    const judged = this.#judged(match, message);
    if (judged.refusal !== null) return this.#answers.refuse(index, judged.refusal);
    this.#accept(index, message, match, times, judged.letters);
  }

  /** Kept where a route takes such messages, as the broker's own; else refused. */
  #unroutable(index: number, message: PublishMessage): void {
    const detail = `no route for "${message.topic}"; to keep such messages: tachyon queues declare NAME --bind ${shellWord(message.topic)}`;
    const refusal: Refusal = { code: 'UNROUTABLE', detail };
    const { tenant, source } = this.#command;
    const routed = this.#state.routeIndex.match(tenant, UNROUTABLE_TOPIC);
    if (routed === NO_MATCH) return this.#answers.refuse(index, refusal);
    const told = toldUnroutable(source, message);
    if (told === null) return this.#answers.refuse(index, refusal);
    const match = matchFor(routed, told.tail, told);
    if (match.queues.length === 0) {
      return match.fanout ? this.#fanoutOnly(index, told) : this.#answers.refuse(index, refusal);
    }
    if (this.#admission.isShort(told.tail.length)) return this.#answers.refuse(index, NO_ROOM_FOR_OWN);
    this.#accept(index, told, match, null);
  }

  #requesting(): Replies {
    this.#replies ??= new Replies(this.#state, this.#command);
    return this.#replies;
  }

  /** Kept nowhere, as fanout is, and given to one who waits for it. */
  #reply(index: number, message: PublishMessage): void {
    const refusal =
      this.#command.atomic === true
        ? ({
            code: 'NOT_SUPPORTED',
            detail: 'a reply to an inbox is kept nowhere, and can be no part of a batch',
          } as const)
        : this.#requesting().reply(message, () => this.#admission.takeFanout(message, lengthOf(message)));
    if (refusal !== null) return this.#notNow(index, refusal);
    this.#answers.taken(index, 'none');
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

  #accept(
    index: number,
    message: PublishMessage,
    match: RouteMatch,
    times: SettledTimes | null,
    letters: Judged['letters'] = [],
  ): void {
    const traits = this.#traitsOf(message);
    const extra = (times === null ? 0 : TIMES_BYTES) + (traits === null ? 0 : TRAITS_BYTES);
    const refusal = this.#admission.take(match, message, lengthOf(message), extra);
    if (refusal !== null) return this.#notNow(index, refusal);
    if (message.reply !== undefined) this.#requesting().accepted(message, times);
    this.#runs.add(index, message, match.queues, times, traits, letters);
    this.#counts.letters += letters.length;
    this.#answers.taken(index, 'journal');
    this.#counts.published += 1;
    if (times !== null && times.dueMs > 0) this.#counts.scheduled += 1;
    else if (match.fanout && message.mode === 'both') this.#publish(message, true);
  }

  /** Fanout has no dead letters: what does not fit is refused. */
  #judgedFanout(index: number, message: PublishMessage, match: RouteMatch): void {
    const refusal = match.judges.length === 0 ? null : this.#judged(match, message).refusal;
    if (refusal !== null) return this.#answers.refuse(index, refusal);
    this.#fanoutOnly(index, message);
  }

  #judged(match: RouteMatch, message: PublishMessage): Judged {
    const { tenant, source } = this.#command;
    return judged(this.#state, tenant, match, source, message, this.#room);
  }

  /** Refused, or, where its producer would rather wait: the rest of the command comes again. */
  #notNow(index: number, refusal: Refusal): void {
    if (this.#command.waits === true && comesBack(refusal)) this.#rest = { from: index, refusal };
    else this.#answers.refuse(index, refusal);
  }

  /** A class that is not known is that of messages which name none: names of classes are the operator's. */
  #traitsOf({ traits = null }: PublishMessage): Traits | null {
    if (traits === null) return null;
    const rank = classNamed(this.#state.priorities, traits.priority);
    return rank === NO_CLASS && traits.lane === NO_LANE ? null : { class: rank, lane: traits.lane };
  }

  #fanoutOnly(index: number, message: PublishMessage): void {
    if (this.#command.atomic === true) {
      const detail = 'what goes to PUB alone is kept nowhere, and can be no part of a batch';
      return this.#answers.refuse(index, { code: 'NOT_SUPPORTED', detail });
    }
    const refusal = this.#admission.takeFanout(message, lengthOf(message));
    if (refusal !== null) return this.#notNow(index, refusal);
    this.#answers.taken(index, 'none');
    this.#publish(message, false);
  }

  #publish(message: PublishMessage, gated: boolean): void {
    this.#counts.fanout += 1;
    this.#publications.add(message, gated);
  }

  #tellRefusals(): void {
    const { firstRefusal: first, refused: messages } = this.#answers;
    if (first === null) return;
    const { peer, tenant } = this.#command;
    for (const tell of this.#state.refusalListeners)
      tell({ peer, tenant, messages, first, pressed: this.#answers.pressed });
  }
}

const waits = ({ times = null }: PublishMessage): boolean => times !== null && times.due !== null;

/** What stands against every message of the command. */
function barred(state: State, command: Publish, producer: Producer | null | undefined): Refusal | null {
  if (producer === undefined || (producer !== null && state.producerPeer.get(producer.id) !== command.peer)) {
    return { code: 'UNKNOWN_PRODUCER', detail: `producer ${command.producer} is not open on this connection` };
  }
  if (producer !== null && !isNumbered(command)) {
    return { code: 'INVALID_ARGUMENT', detail: `producer sequence ${command.firstSequence}` };
  }
  if (state.draining) {
    return { code: 'DRAINING', detail: 'the broker is shutting down', retryAfterMs: DRAINING_RETRY_MS };
  }
  return null;
}
