// Follows the messages of one id through the events of a journal, and tells of each event whether it concerns them. What
// the journal does not reach back to is taken from the checkpoint, when the walk has come to it; what neither tells is
// told as unknown.

import type { Event } from '../../domain/event.ts';
import { handOvers } from '../../domain/hand-overs.ts';
import { asSequence, type QueueId, type Sequence, type SessionId } from '../../domain/ids.ts';
import type { WalkedGroup } from '../../repository/journal/reading/walk-journal.ts';
import type { DecodedCapture } from '../../usecase/checkpoint/codec.ts';
import { shownTraceContext } from '../../usecase/trace-context.ts';
import type { Biography, CopyState, Step, StepName } from './biography.ts';
import { type BroughtMessage, broughtMessages, idOf } from './blocks.ts';
import { timeOf } from './earlier-steps.ts';
import { addStep, type Followed, FollowedMessages, newCopy, type TrackedCopy } from './followed-messages.ts';
import { HeldLeases } from './held-leases.ts';
import { MovedLetters } from './moved-letters.ts';
import type { Names } from './names.ts';
import { isGone, lose, NOT_TOLD, stand } from './stand.ts';

export interface FollowerOptions {
  readonly id: string;
  readonly names: Names;
  /** Which queues are asked for. */
  readonly wants: (queue: QueueId) => boolean;
  /** Messages that are known to have the id before the journal tells so. */
  readonly known?: readonly number[];
}

interface Moment {
  readonly at: string;
  readonly position: number;
}

/** What a purge takes out. */
const PURGED: ReadonlySet<string> = new Set(['ready', 'waiting_retry', 'scheduled']);

export class Follower {
  readonly #options: FollowerOptions;
  readonly #messages: FollowedMessages;
  readonly #leases: HeldLeases;
  readonly #moves = new MovedLetters();
  /** The last steps of messages that arrive by such a move, until it is known where they come from. */
  readonly #arrivals = new Map<number, Step>();
  /** Null once the walk has passed it. */
  #checkpoint: DecodedCapture | null;
  #position = 0;
  /** Some were met first by their relocation: what had happened to them before was not known to be theirs. */
  metLate = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#checkpoint = options.names.checkpoint;
    this.#leases = new HeldLeases(options.names);
    this.#messages = new FollowedMessages(options.id);
    for (const sequence of options.known ?? []) this.#messages.follow(sequence);
  }

  get biographies(): readonly Biography[] {
    return this.#messages.biographies;
  }

  follows(sequence: number): boolean {
    return this.#messages.get(sequence) !== undefined;
  }

  get sequences(): readonly number[] {
    return this.#messages.sequences;
  }

  /** Messages of the id that are not followed, as there are too many. */
  get leftOut(): ReadonlySet<number> {
    return this.#messages.leftOut;
  }

  /** Before the events of each group. */
  begin({ position }: Pick<WalkedGroup, 'position'>): void {
    if (this.#checkpoint !== null && position > this.#checkpoint.position) {
      this.#position = Math.max(this.#position, this.#checkpoint.position);
      this.end();
    }
    if (this.#position > 0 && position > this.#position + 1) lose(this.#messages, this.#leases);
    this.#position = position;
  }

  /** Behind the last group. */
  end(): void {
    if (this.#checkpoint !== null) stand(this.#messages, this.#leases, this.#checkpoint);
    this.#checkpoint = null;
  }

  /** Whether the event is about one of them. */
  take(group: WalkedGroup, event: Event, offset: number): boolean {
    const moment = { at: timeOf(group.timeMs), position: group.position };
    const move = this.#moves.see(event);
    if (event.type === 'operator-action') this.#arrivals.clear();
    switch (event.type) {
      case 'accepted':
        return this.#each(broughtMessages(group, event, offset), (message) =>
          this.#accepted(message, event.atMs, moment),
        );
      case 'relocated':
        return this.#each(broughtMessages(group, event, offset), (message) => this.#relocated(message, event, moment));
      case 'leased':
        return this.#each(event.sequences.entries(), ([index, sequence]) =>
          this.#leased(event.queue, sequence, event.session, event.firstDelivery + index, event.deadlineMs, moment),
        );
      case 'extended':
        return this.#each(event.deliveries, (delivery) => this.#extended(delivery, event.deadlineMs, moment));
      case 'leases-shifted':
        return this.#each(this.#leases, ([delivery, out]) =>
          this.#extended(delivery, out.deadlineMs + event.byMs, moment),
        );
      case 'session-closed':
        return this.#each(this.#leases, ([, out]) => {
          if (out.session !== event.session) return false;
          this.#end(out.followed, out.copy, 'ready', 'returned', moment);
          out.copy.returned += 1;
          return true;
        });
      case 'settled':
        return this.#gone(event.queue, event.sequences, 'settled', {}, moment);
      case 'expired':
        return this.#gone(event.queue, event.sequences, 'expired', {}, moment);
      case 'dead-letters-purged':
        return this.#lettersGone(event, move?.type === 'left' ? move.to : new Map(), moment);
      case 'queue-purged':
        return this.#purged(event.queue, event.through, operatorOf(event.operator), moment);
      case 'queue-deleted': {
        const held = [...this.#messages].flatMap(({ told, copies }) =>
          copies.has(event.queue) ? [told.sequence] : [],
        );
        const facts = { cause: event.cause, ...operatorOf(event.operator) };
        return this.#gone(event.queue, held, 'queue_deleted', facts, moment);
      }
      case 'returned':
        return this.#moved(event.queue, event.sequences, (followed, copy) => {
          this.#end(followed, copy, 'ready', 'returned', moment);
          copy.returned += 1;
        });
      case 'failed':
        return this.#moved(event.queue, [event.sequence], (followed, copy) => {
          const { attempt, consumer, cause, reason } = event.record;
          const retryAt = timeOf(event.retryAtMs);
          const facts = { consumer_id: consumer, attempt, cause, reason, retry_at: retryAt };
          this.#end(followed, copy, 'waiting_retry', 'failed', moment, facts);
          copy.attempts = copy.isCounted ? copy.attempts + 1 : attempt;
          copy.retry_at = retryAt;
        });
      case 'key-released':
        return this.#moved(event.queue, [event.sequence], (followed, copy) => {
          this.#end(followed, copy, 'ready', 'released', moment, operatorOf(event.operator));
          Object.assign(copy, { attempts: 0, isCounted: true });
        });
      case 'dead-lettered':
        return this.#moved(event.queue, [event.sequence], (followed, copy) => {
          const { atMs, cause, reason, history, operator } = event;
          const attempts = handOvers({ ...copy, isOut: false, letter: event }).failed;
          const facts = { cause, reason, attempts, ...operatorOf(operator) };
          this.#end(followed, copy, 'dead_letter', 'dead_lettered', moment, facts);
          copy.letter = { atMs, cause, reason, history };
        });
      case 'redriven':
        return this.#moved(event.queue, event.sequences, (followed, copy) => {
          // Its death was a step of the move, and never happened here.
          if (move?.type === 'arrived') followed.steps.pop();
          const step = this.#end(followed, copy, 'ready', 'replayed', moment, operatorOf(event.operator));
          if (move?.type === 'arrived') this.#arrivals.set(followed.told.sequence, step);
          Object.assign(copy, { attempts: 0, returned: 0, isCounted: true, letter: null });
        });
      default:
        return false;
    }
  }

  /** Every one is taken, also behind the first that concerns them. */
  #each<T>(items: Iterable<T>, take: (item: T) => boolean): boolean {
    let concerned = false;
    for (const item of items) if (take(item)) concerned = true;
    return concerned;
  }

  /** The message, if it is one of those asked for, with a copy in each of its queues that are. */
  #met(message: BroughtMessage, unknown: string | null): Followed | null {
    const wanted = message.queues.filter((queue) => this.#options.wants(queue));
    if (wanted.length === 0) return null;
    const known = this.#messages.get(message.sequence);
    if (known === undefined && idOf(message) !== this.#options.id) return null;
    const followed = known ?? this.#messages.follow(message.sequence);
    if (followed === null) return null;
    for (const queue of wanted) this.#copy(followed, queue, unknown);
    const { told } = followed;
    // One that is asked for by its number may have an id of its own.
    told.message_id = idOf(message) ?? told.message_id;
    told.bytes = message.bytes;
    told.topic = message.block?.topic ?? told.topic;
    told.trace_context = message.block === null ? told.trace_context : shownTraceContext(message.block.attributes);
    return followed;
  }

  #accepted(message: BroughtMessage, atMs: number, moment: Moment): boolean {
    const followed = this.#met(message, null);
    if (followed === null) return false;
    followed.told.accepted_at = timeOf(atMs);
    followed.told.position = moment.position;
    const queues = [...followed.copies.values()].map(({ queue }) => queue);
    const dueAt = message.dueMs === 0 ? null : timeOf(message.dueMs);
    if (dueAt !== null) {
      for (const copy of followed.copies.values()) Object.assign(copy, { state: 'scheduled', due_at: dueAt });
    }
    this.#step(followed, null, 'accepted', moment, { queues, ...(dueAt === null ? {} : { due_at: dueAt }) });
    return true;
  }

  #relocated(
    message: BroughtMessage,
    { entries }: Extract<Event, { readonly type: 'relocated' }>,
    moment: Moment,
  ): boolean {
    const isNew = !this.follows(message.sequence);
    const followed = this.#met(message, NOT_TOLD);
    if (followed === null) return false;
    if (isNew) this.metLate = true;
    for (const { queue, acceptedAtMs, failed, returned } of entries) {
      const copy = followed.copies.get(queue);
      if (copy === undefined) continue;
      Object.assign(copy, { attempts: failed, returned, isCounted: true });
      followed.told.accepted_at ??= timeOf(acceptedAtMs);
    }
    this.#step(followed, null, 'relocated', moment, {});
    return true;
  }

  #copy(followed: Followed, queue: QueueId, unknown: string | null): TrackedCopy {
    const known = followed.copies.get(queue);
    if (known !== undefined) return known;
    const name = this.#options.names.queue(queue);
    const copy = newCopy(queue, name?.name ?? `#${queue}`, name?.tenant ?? '', unknown);
    followed.copies.set(queue, copy);
    return copy;
  }

  #leased(
    queue: QueueId,
    sequence: Sequence,
    session: SessionId,
    delivery: number,
    deadlineMs: number,
    moment: Moment,
  ): boolean {
    return this.#moved(queue, [sequence], (followed, copy) => {
      copy.state = 'leased';
      copy.retry_at = null;
      copy.due_at = null;
      const lease = this.#leases.hold(delivery, { followed, copy, session, deadlineMs });
      const attempt = copy.isCounted ? { attempt: copy.attempts + 1 } : {};
      this.#step(followed, copy, 'leased', moment, { ...lease, ...attempt });
    });
  }

  #extended(delivery: number, deadlineMs: number, moment: Moment): boolean {
    const held = this.#leases.get(delivery);
    if (held === undefined) return false;
    const lease = this.#leases.hold(delivery, { ...held, deadlineMs });
    this.#step(held.followed, held.copy, 'extended', moment, lease);
    return true;
  }

  #purged(queue: QueueId, through: number, facts: object, moment: Moment): boolean {
    const waiting = [...this.#messages].flatMap(({ told: { sequence }, copies }) => {
      const state = copies.get(queue)?.state;
      return sequence <= through && state !== undefined && PURGED.has(state) ? [sequence] : [];
    });
    return this.#gone(queue, waiting, 'purged', facts, moment);
  }

  /** Purged, or moved to another queue, where they are other messages. */
  #lettersGone(
    { queue, sequences, operator }: Extract<Event, { readonly type: 'dead-letters-purged' }>,
    to: ReadonlyMap<number, { readonly queue: QueueId; readonly sequence: number }>,
    moment: Moment,
  ): boolean {
    const purged = sequences.filter((sequence) => !to.has(sequence));
    let concerned = this.#gone(queue, purged, 'purged', operatorOf(operator), moment);
    for (const [sequence, { queue: target, sequence: as }] of to) {
      const into = { into_queue: this.#nameOf(target), into_sequence: as, ...operatorOf(operator) };
      const isOld = this.#moved(queue, [asSequence(sequence)], (followed, copy) => {
        this.#end(followed, copy, 'moved', 'replayed', moment, into);
      });
      const step = this.#arrivals.get(as);
      const steps = this.#messages.get(as)?.steps ?? [];
      if (step !== undefined) {
        steps[steps.indexOf(step)] = { ...step, of_queue: this.#nameOf(queue), of_sequence: sequence };
      }
      concerned = concerned || isOld || step !== undefined;
    }
    return concerned;
  }

  #nameOf(queue: QueueId): string {
    return this.#options.names.queue(queue)?.name ?? `#${queue}`;
  }

  #gone(
    queue: QueueId,
    sequences: readonly number[],
    end: Extract<CopyState, StepName>,
    facts: object,
    moment: Moment,
  ): boolean {
    return this.#moved(queue, sequences, (followed, copy) => {
      if (!isGone(copy.state)) this.#end(followed, copy, end, end, moment, facts);
    });
  }

  /** Of those that are followed. One whose accept is gone is known to be in a queue by what happens to it there. */
  #moved(queue: QueueId, sequences: readonly number[], move: (followed: Followed, copy: TrackedCopy) => void): boolean {
    let moved = false;
    for (const sequence of sequences) {
      const followed = this.#messages.get(sequence);
      if (followed === undefined || !this.#options.wants(queue)) continue;
      move(followed, this.#copy(followed, queue, NOT_TOLD));
      moved = true;
    }
    return moved;
  }

  #end(
    followed: Followed,
    copy: TrackedCopy,
    state: CopyState,
    event: StepName,
    moment: Moment,
    facts: object = {},
  ): Step {
    const { lease } = copy;
    this.#leases.free(copy);
    copy.state = state;
    const holder = lease === null ? {} : { consumer_id: lease.consumer_id, delivery_id: lease.delivery_id };
    return this.#step(followed, copy, event, moment, { ...holder, ...facts });
  }

  #step(followed: Followed, copy: TrackedCopy | null, event: StepName, moment: Moment, facts: object): Step {
    const step: Step = { ...moment, event, queue: copy?.queue ?? null, tenant_id: copy?.tenant_id ?? null, ...facts };
    addStep(followed, step);
    return step;
  }
}

const operatorOf = (operator: { readonly actor: string; readonly reason: string } | null): object =>
  operator === null ? {} : { actor: operator.actor, reason: operator.reason };
