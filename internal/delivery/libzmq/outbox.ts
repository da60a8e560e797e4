// The way out to one peer: hands its messages to libzmq one after the other and keeps those that find no room there.
//
// Invariants: messages leave in the order of `offer`; an accepted message is handed over or told as lost.
//
// With `sendTimeout: 0` libzmq takes or refuses a message inside the call, but the binding tells the outcome through a
// promise, so one microtask later. Were the next message tried before that, it could slip in where the one before it was
// refused. So one attempt per peer is open at a time; a peer that is full costs the others nothing.
//
//            offer                 taken, more queued
//   idle ───────────> attempting ────────────────────> attempting
//    ^                  │  │ EAGAIN                        (after a run of them: once round the event loop)
//    └──── taken, empty ┘  └───────> waiting ── retry ──> attempting          EHOSTUNREACH: gone

import type { Frames, SendResult } from '../transport.ts';
import { MessageQueue } from './message-queue.ts';

/** Messages handed over in one go before the event loop gets its turn. */
const RUN_LENGTH_MAX = 128;

/** What the outboxes of one socket share. */
export interface OutboxWire {
  /** Hands the routed message to libzmq. Settles at once: taken, or refused with EAGAIN or EHOSTUNREACH. */
  transmit(message: Frames): Promise<void>;
  /** Calls `retry` when there may be room again; `failures` counts the refusals in a row. */
  retryLater(outbox: Outbox, failures: number): void;
  /** Calls `retry` in the next round of the event loop. */
  retrySoon(outbox: Outbox): void;
  /** Counts what is queued in all outboxes, so that closing knows when all is out. */
  queued(change: number): void;
}

/** What happened to messages and peer, told after the call that caused it. */
export interface OutboxEvents {
  drained(): void;
  lost(count: number, reason: string): void;
  gone(): void;
}

type State = 'idle' | 'attempting' | 'waiting' | 'gone';

export class Outbox {
  readonly #routingId: Uint8Array;
  readonly #wire: OutboxWire;
  readonly #events: OutboxEvents;
  readonly #bytesMax: number;
  readonly #queue = new MessageQueue();
  #state: State = 'idle';
  #full = false;
  #leaving = false;
  #failures = 0;
  #run = 0;

  constructor(routingId: Uint8Array, bytesMax: number, wire: OutboxWire, events: OutboxEvents) {
    this.#routingId = routingId;
    this.#bytesMax = bytesMax;
    this.#wire = wire;
    this.#events = events;
  }

  get length(): number {
    return this.#queue.length;
  }

  /**
   * A message is taken whole while less than the bound is queued, so one message may be larger than the bound. A peer
   * that was full stays so until half of the bound is free and `drained` has said it.
   */
  offer(frames: Frames): SendResult {
    if (this.#state === 'gone' || this.#leaving) return 'gone';
    if (this.#full || this.#queue.bytes >= this.#bytesMax) {
      this.#full = true;
      return 'full';
    }
    this.#queue.push([this.#routingId, ...frames]);
    this.#wire.queued(1);
    if (this.#state === 'idle') {
      this.#run = 0;
      this.#attempt();
    }
    return 'accepted';
  }

  retry(): void {
    if (this.#state !== 'waiting') return;
    this.#run = 0;
    this.#attempt();
  }

  /** Takes nothing more; what libzmq has room for still leaves, the rest is told as lost. */
  leave(): void {
    this.#leaving = true;
    if (this.#state === 'waiting' && this.#failures > 0) this.discard('the peer was dropped while its queue was full');
  }

  /** Gives up on everything queued. */
  discard(reason: string): void {
    this.#state = 'gone';
    const lost = this.#queue.clear();
    if (lost === 0) return;
    this.#wire.queued(-lost);
    this.#events.lost(lost, reason);
  }

  #attempt(): void {
    const message = this.#queue.peek();
    if (message === undefined) {
      this.#state = 'idle';
      return;
    }
    this.#state = 'attempting';
    try {
      this.#wire.transmit(message).then(this.#onTaken, this.#onRefused);
    } catch (error) {
      queueMicrotask(() => this.#onRefused(error));
    }
  }

  readonly #onTaken = (): void => {
    if (this.#state === 'gone') return;
    this.#failures = 0;
    this.#advance();
  };

  readonly #onRefused = (error: unknown): void => {
    if (this.#state === 'gone') return;
    const code = codeOf(error);
    if (code === 'EAGAIN' && !this.#leaving) {
      this.#state = 'waiting';
      this.#failures += 1;
      this.#wire.retryLater(this, this.#failures);
    } else if (code === 'EAGAIN') {
      this.discard('the peer was dropped while its queue was full');
    } else if (code === 'EHOSTUNREACH') {
      this.discard('the peer is gone');
      if (!this.#leaving) this.#events.gone();
    } else {
      // Not a matter of the peer (ENOMEM, a closed socket): trying again would try for ever.
      this.#events.lost(1, `libzmq refused the message: ${code}`);
      this.#advance();
    }
  };

  /** The head of the queue is settled: tells a drain, then goes on with the next. */
  #advance(): void {
    this.#queue.shift();
    this.#wire.queued(-1);
    this.#run += 1;
    if (this.#run >= RUN_LENGTH_MAX && this.#queue.length > 0) {
      this.#state = 'waiting';
      this.#wire.retrySoon(this);
    } else {
      this.#attempt();
    }
    if (this.#full && this.#queue.bytes * 2 <= this.#bytesMax) {
      this.#full = false;
      if (!this.#leaving) this.#events.drained();
    }
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
