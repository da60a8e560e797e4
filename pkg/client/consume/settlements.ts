// Acks and nacks of one turn, on their way out together: one packet each, not one per message.
// Invariant: every durable ack is answered, refused, or rejected with its connection; none is forgotten.

import {
  type AckedPacket,
  cutText,
  encodeAck,
  encodeNack,
  type NackItem,
  REASON_BYTES_MAX,
  TachyonError,
} from '../../protocol/index.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { DurableAck, NackOptions } from './delivery.ts';

interface Durable {
  readonly deliveryId: number;
  readonly answer: Deferred<DurableAck>;
}

/** What was said so long ago leaves before the next handler may block the loop. */
const STALE_MS = 1;
/**
 * Acks that leave without waiting for the end of the turn: a quarter of the window, so that the broker fills up the
 * window while the rest of it is worked off.
 */
const WINDOW_PART = 4;
const ACKS_FULL_MIN = 64;
const ACKS_FULL_MAX = 2_048;
const REQUEST_MAX = 0xffff_ffff;

export class Settlements {
  readonly #send: (packet: Uint8Array) => void;
  #acks: number[] = [];
  #acksFull = ACKS_FULL_MIN;
  #nacks: NackItem[] = [];
  #durable: Durable[] = [];
  readonly #asked = new Map<number, readonly Durable[]>();
  #request = 0;
  /** Something was said that has not left, since `#firstAtMs`. */
  #isUnsent = false;
  #firstAtMs = 0;
  #isFlushDue = false;
  /** While there is no session, what is said waits for the next one. */
  #held = true;

  constructor(send: (packet: Uint8Array) => void) {
    this.#send = send;
  }

  ack(deliveryId: number): void {
    this.#acks.push(deliveryId);
    if (this.#acks.length >= this.#acksFull) this.flush();
    else if (!this.#isUnsent) this.#schedule();
  }

  ackDurably(deliveryId: number): Promise<DurableAck> {
    const answer = deferred<DurableAck>();
    this.#durable.push({ deliveryId, answer });
    this.#schedule();
    return answer.promise;
  }

  nack(deliveryId: number, { status = 'retryable', reason = '', delayMs = 0 }: NackOptions): void {
    this.#nacks.push({ delivery: deliveryId, status, reason: cutText(reason, REASON_BYTES_MAX), delayMs });
    this.#schedule();
  }

  /** For the moment before code runs that may block the loop. */
  flushStale(nowMs: number): void {
    if (this.#isUnsent && nowMs - this.#firstAtMs >= STALE_MS) this.flush();
  }

  flush(): void {
    if (this.#held) return;
    this.#isUnsent = false;
    if (this.#acks.length > 0) {
      this.#send(encodeAck(this.#acks));
      this.#acks = [];
    }
    if (this.#nacks.length > 0) {
      this.#send(encodeNack(this.#nacks));
      this.#nacks = [];
    }
    if (this.#durable.length > 0) {
      this.#request = this.#request === REQUEST_MAX ? 1 : this.#request + 1;
      this.#asked.set(this.#request, this.#durable);
      this.#send(
        encodeAck(
          this.#durable.map((entry) => entry.deliveryId),
          this.#request,
        ),
      );
      this.#durable = [];
    }
  }

  /** The answer to a request; gives the deliveries that were refused. */
  answered({ request, position, refused }: AckedPacket): void {
    const entries = this.#asked.get(request);
    if (entries === undefined) return;
    this.#asked.delete(request);
    const codes = new Map(refused.map((entry) => [entry.delivery, entry.code]));
    for (const { deliveryId, answer } of entries) {
      const code = codes.get(deliveryId);
      if (code === undefined) answer.resolve({ position });
      else answer.reject(new TachyonError(code, `delivery ${deliveryId}`));
    }
  }

  /** The connection is gone; what was not sent yet waits. */
  hold(error: TachyonError): void {
    this.#held = true;
    for (const entries of this.#asked.values()) for (const { answer } of entries) answer.reject(error);
    this.#asked.clear();
  }

  /** There is a session again: the same one, or another that knows nothing of what was said before. */
  resume(isSameSession: boolean, windowMessages: number, error: TachyonError): void {
    this.#held = false;
    this.#acksFull = Math.min(Math.max(Math.floor(windowMessages / WINDOW_PART), ACKS_FULL_MIN), ACKS_FULL_MAX);
    if (!isSameSession) this.drop(error);
    this.flush();
  }

  drop(error: TachyonError): void {
    this.#acks = [];
    this.#nacks = [];
    for (const { answer } of this.#durable) answer.reject(error);
    this.#durable = [];
  }

  #schedule(): void {
    if (!this.#isUnsent) {
      this.#isUnsent = true;
      this.#firstAtMs = performance.now();
    }
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isFlushDue = false;
    this.flush();
  };
}
