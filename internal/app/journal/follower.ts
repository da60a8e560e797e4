// Follows the messages of one id through the events of a journal, and tells of each event whether it concerns them.
// Bounded: so many messages, and so many steps of each; what is beyond is counted.

import type { Event } from '../../domain/event.ts';
import type { QueueId, Sequence, SessionId } from '../../domain/ids.ts';
import type { WalkedGroup } from '../../repository/journal/reading/walk-journal.ts';
import { shownTraceContext } from '../../usecase/trace-context.ts';
import type { Biography, Copy, CopyState, Step, StepName } from './biography.ts';
import { type BroughtMessage, broughtMessages, idOf } from './blocks.ts';
import type { Names } from './names.ts';

const MESSAGES_MAX = 1_000;
const STEPS_MAX = 1_000;

interface Followed {
  readonly told: Biography;
  readonly copies: Map<QueueId, Copy>;
}

interface Out {
  readonly copy: Copy;
  readonly followed: Followed;
  readonly session: SessionId;
  deadlineMs: number;
}

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

export class Follower {
  readonly #options: FollowerOptions;
  readonly #bySequence = new Map<number, Followed>();
  /** Deliveries of them that are out. */
  readonly #out = new Map<number, Out>();
  /** Messages of the id that are not followed, as there are too many. */
  leftOut = 0;
  /** Some were met first by their relocation: what had happened to them before was not known to be theirs. */
  metLate = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    for (const sequence of options.known ?? []) this.#follow(sequence);
  }

  get biographies(): readonly Biography[] {
    return [...this.#bySequence.values()]
      .filter(({ copies }) => copies.size > 0)
      .map(({ told, copies }) => ({ ...told, queues: [...copies.values()] }))
      .sort((a, b) => a.sequence - b.sequence);
  }

  follows(sequence: number): boolean {
    return this.#bySequence.has(sequence);
  }

  get sequences(): readonly number[] {
    return [...this.#bySequence.keys()];
  }

  /** Whether the event is about one of them. */
  take(group: WalkedGroup, event: Event, offset: number): boolean {
    const moment = { at: timeOf(group.timeMs), position: group.position };
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
        return this.#each(this.#out, ([delivery, out]) =>
          this.#extended(delivery, out.deadlineMs + event.byMs, moment),
        );
      case 'session-closed':
        return this.#each(this.#out, ([, out]) => {
          if (out.session !== event.session) return false;
          this.#end(out.followed, out.copy, 'ready', 'returned', moment);
          out.copy.returned += 1;
          return true;
        });
      case 'settled':
        return this.#gone(event.queue, event.sequences, 'settled', {}, moment);
      case 'dead-letters-purged':
        return this.#gone(event.queue, event.sequences, 'purged', operatorOf(event.operator), moment);
      case 'queue-purged':
        return this.#purged(event.queue, event.through, operatorOf(event.operator), moment);
      case 'queue-deleted': {
        const held = [...this.#bySequence].flatMap(([sequence, { copies }]) =>
          copies.has(event.queue) ? [sequence] : [],
        );
        return this.#gone(
          event.queue,
          held,
          'queue_deleted',
          { cause: event.cause, ...operatorOf(event.operator) },
          moment,
        );
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
          copy.attempts += 1;
          copy.retry_at = retryAt;
        });
      case 'dead-lettered':
        return this.#moved(event.queue, [event.sequence], (followed, copy) => {
          const { cause, reason, history, operator } = event;
          const facts = { cause, reason, attempts: history.length, ...operatorOf(operator) };
          this.#end(followed, copy, 'dead_letter', 'dead_lettered', moment, facts);
        });
      case 'redriven':
        return this.#moved(event.queue, event.sequences, (followed, copy) => {
          this.#end(followed, copy, 'ready', 'replayed', moment, operatorOf(event.operator));
          copy.attempts = 0;
          copy.returned = 0;
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

  #follow(sequence: number): Followed | null {
    const known = this.#bySequence.get(sequence);
    if (known !== undefined) return known;
    if (this.#bySequence.size >= MESSAGES_MAX) {
      this.leftOut += 1;
      return null;
    }
    const told: Biography = {
      message_id: this.#options.id,
      sequence,
      topic: null,
      bytes: null,
      trace_context: null,
      accepted_at: null,
      position: null,
      queues: [],
      steps: [],
      steps_left_out: 0,
    };
    const followed = { told, copies: new Map<QueueId, Copy>() };
    this.#bySequence.set(sequence, followed);
    return followed;
  }

  /** The message, if it is one of those asked for, with a copy in each of its queues that are. */
  #met(message: BroughtMessage): Followed | null {
    const wanted = message.queues.filter((queue) => this.#options.wants(queue));
    if (wanted.length === 0) return null;
    const known = this.#bySequence.get(message.sequence);
    if (known === undefined && idOf(message) !== this.#options.id) return null;
    const followed = known ?? this.#follow(message.sequence);
    if (followed === null) return null;
    for (const queue of wanted) this.#copy(followed, queue);
    const { told } = followed;
    told.bytes = message.bytes;
    told.topic = message.block?.topic ?? told.topic;
    told.trace_context = message.block === null ? told.trace_context : shownTraceContext(message.block.attributes);
    return followed;
  }

  #accepted(message: BroughtMessage, atMs: number, moment: Moment): boolean {
    const followed = this.#met(message);
    if (followed === null) return false;
    followed.told.accepted_at = timeOf(atMs);
    followed.told.position = moment.position;
    const queues = [...followed.copies.values()].map(({ queue }) => queue);
    this.#step(followed, null, 'accepted', moment, { queues });
    return true;
  }

  #relocated(
    message: BroughtMessage,
    { entries }: Extract<Event, { readonly type: 'relocated' }>,
    moment: Moment,
  ): boolean {
    const isNew = !this.#bySequence.has(message.sequence);
    const followed = this.#met(message);
    if (followed === null) return false;
    if (isNew) this.metLate = true;
    for (const { queue, acceptedAtMs, failed, returned } of entries) {
      const copy = followed.copies.get(queue);
      if (copy === undefined) continue;
      copy.attempts = failed;
      copy.returned = returned;
      followed.told.accepted_at ??= timeOf(acceptedAtMs);
    }
    this.#step(followed, null, 'relocated', moment, {});
    return true;
  }

  #copy(followed: Followed, queue: QueueId): Copy {
    const known = followed.copies.get(queue);
    if (known !== undefined) return known;
    const name = this.#options.names.queue(queue);
    const copy: Copy = {
      queue: name?.name ?? `#${queue}`,
      tenant_id: name?.tenant ?? '',
      state: 'ready',
      attempts: 0,
      returned: 0,
      lease: null,
      retry_at: null,
    };
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
      const lease = {
        consumer_id: this.#options.names.consumer(session),
        delivery_id: `${delivery}`,
        until: timeOf(deadlineMs),
      };
      copy.state = 'leased';
      copy.lease = lease;
      copy.retry_at = null;
      this.#out.set(delivery, { copy, followed, session, deadlineMs });
      this.#step(followed, copy, 'leased', moment, { ...lease, attempt: copy.attempts + 1 });
    });
  }

  #extended(delivery: number, deadlineMs: number, moment: Moment): boolean {
    const out = this.#out.get(delivery);
    if (out === undefined || out.copy.lease === null) return false;
    out.deadlineMs = deadlineMs;
    out.copy.lease = { ...out.copy.lease, until: timeOf(deadlineMs) };
    this.#step(out.followed, out.copy, 'extended', moment, { ...out.copy.lease });
    return true;
  }

  #purged(queue: QueueId, through: number, facts: object, moment: Moment): boolean {
    const waiting = [...this.#bySequence.values()].filter(({ told, copies }) => {
      const state = copies.get(queue)?.state;
      return told.sequence <= through && (state === 'ready' || state === 'waiting_retry');
    });
    return this.#gone(
      queue,
      waiting.map(({ told }) => told.sequence),
      'purged',
      facts,
      moment,
    );
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
  #moved(queue: QueueId, sequences: readonly number[], move: (followed: Followed, copy: Copy) => void): boolean {
    let moved = false;
    for (const sequence of sequences) {
      const followed = this.#bySequence.get(sequence);
      if (followed === undefined || !this.#options.wants(queue)) continue;
      move(followed, this.#copy(followed, queue));
      moved = true;
    }
    return moved;
  }

  /** The lease, if one is out, is over. */
  #end(followed: Followed, copy: Copy, state: CopyState, event: StepName, moment: Moment, facts: object = {}): void {
    const { lease } = copy;
    if (lease !== null) this.#out.delete(Number(lease.delivery_id));
    copy.state = state;
    copy.lease = null;
    copy.retry_at = null;
    const holder = lease === null ? {} : { consumer_id: lease.consumer_id, delivery_id: lease.delivery_id };
    this.#step(followed, copy, event, moment, { ...holder, ...facts });
  }

  #step({ told }: Followed, copy: Copy | null, event: StepName, moment: Moment, facts: object): void {
    const step: Step = { ...moment, event, queue: copy?.queue ?? null, tenant_id: copy?.tenant_id ?? null, ...facts };
    told.steps.push(step);
    if (told.steps.length <= STEPS_MAX) return;
    told.steps.shift();
    told.steps_left_out += 1;
  }
}

export const timeOf = (ms: number): string => new Date(ms).toISOString();

const isGone = (state: CopyState): boolean => state === 'settled' || state === 'purged' || state === 'queue_deleted';

const operatorOf = (operator: { readonly actor: string; readonly reason: string } | null): object =>
  operator === null ? {} : { actor: operator.actor, reason: operator.reason };
