// Leases that were given out together: messages of one queue, handed to one session under one deadline, with delivery
// numbers one behind the other. A message that is settled leaves a hole; a run whose last message is settled is over.
// Invariant: `sequences[i]` is 0 exactly if delivery `first + i` is not out any more.

import { asDeliveryId, asSequence, type DeliveryId, type Sequence } from './ids.ts';
import type { Queue } from './queue.ts';
import type { Session } from './session.ts';

/** Runs shorter than this stay as they are. */
const THIN_FROM = 64;
const THIN_SHARE = 8;

export interface LeasesGiven {
  readonly first: DeliveryId;
  readonly queue: Queue;
  readonly session: Session;
  readonly deadlineMs: number;
  /** Default: the same. */
  readonly firstDeadlineMs?: number;
  readonly sequences: readonly Sequence[];
  /** What each takes of its consumer's window. The run's own from now on. */
  readonly bytes: number[];
}

export class LeaseRun {
  readonly first: number;
  readonly queue: Queue;
  readonly session: Session;
  /** Of those that were not extended. */
  deadlineMs: number;
  /** Before any extension: tells when the messages were handed over. */
  readonly firstDeadlineMs: number;
  readonly sequences: number[];
  readonly bytes: number[];
  /** Deadlines of their own, by place in the run. */
  extended: Map<number, number> | null = null;
  /** Of the lease table: under which deadlines it may be found beside the first. */
  furtherBuckets: Set<number> | null = null;
  /** How many are out. */
  open: number;
  previousOfSession: LeaseRun | null = null;
  nextOfSession: LeaseRun | null = null;

  constructor({ first, queue, session, deadlineMs, firstDeadlineMs = deadlineMs, sequences, bytes }: LeasesGiven) {
    this.first = first;
    this.queue = queue;
    this.session = session;
    this.deadlineMs = deadlineMs;
    this.firstDeadlineMs = firstDeadlineMs;
    this.sequences = sequences.slice();
    this.bytes = bytes;
    this.open = sequences.length;
  }

  get end(): number {
    return this.first + this.sequences.length;
  }

  has(delivery: number): boolean {
    const at = delivery - this.first;
    return at >= 0 && at < this.sequences.length && this.sequences[at] !== 0;
  }

  deadlineOf(at: number): number {
    return this.extended?.get(at) ?? this.deadlineMs;
  }

  /** From now on mostly holes: one message that is held for long would keep a thousand places. */
  get becomesThin(): boolean {
    const { length } = this.sequences;
    return length >= THIN_FROM && this.open === Math.floor(length / THIN_SHARE);
  }

  /** What is out, as runs without holes. */
  *stretches(): Generator<LeaseRun> {
    for (let from = 0; from < this.sequences.length; ) {
      let to = from;
      while (to < this.sequences.length && this.sequences[to] !== 0) to += 1;
      if (to > from) yield this.#stretch(from, to);
      from = to + 1;
    }
  }

  #stretch(from: number, to: number): LeaseRun {
    const { queue, session, deadlineMs, firstDeadlineMs } = this;
    const first = asDeliveryId(this.first + from);
    const sequences = this.sequences.slice(from, to).map(asSequence);
    const bytes = this.bytes.slice(from, to);
    const stretch = new LeaseRun({ first, queue, session, deadlineMs, firstDeadlineMs, sequences, bytes });
    for (const [at, extendedMs] of this.extended ?? []) {
      if (at < from || at >= to) continue;
      stretch.extended ??= new Map();
      stretch.extended.set(at - from, extendedMs);
    }
    return stretch;
  }

  /** Those that are out, oldest first. */
  *leases(): Generator<Lease> {
    for (let at = 0; at < this.sequences.length; at += 1) if (this.sequences[at] !== 0) yield new Lease(this, at);
  }
}

/** One message that is out: who holds it until when. Tells the truth until it is settled. */
export class Lease {
  readonly delivery: DeliveryId;
  readonly sequence: Sequence;
  readonly #run: LeaseRun;
  readonly #at: number;

  constructor(run: LeaseRun, at: number) {
    this.delivery = asDeliveryId(run.first + at);
    this.sequence = asSequence(run.sequences[at] as number);
    this.#run = run;
    this.#at = at;
  }

  get queue(): Queue {
    return this.#run.queue;
  }

  get session(): Session {
    return this.#run.session;
  }

  /** Of its consumer's window. */
  get bytes(): number {
    return this.#run.bytes[this.#at] as number;
  }

  get deadlineMs(): number {
    return this.#run.deadlineOf(this.#at);
  }

  /** Before any extension: tells when the message was handed over. */
  get firstDeadlineMs(): number {
    return this.#run.firstDeadlineMs;
  }
}
